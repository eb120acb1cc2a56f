import { cannotListen, runService } from '@reelay/service';
import { createSimulator } from './app.ts';
import { simulatorSettings } from './settings.ts';

await runService({
  service: 'simulator',
  settings: simulatorSettings,
  async start(config, logger) {
    const app = createSimulator({ ...config, logger });
    const { host, port } = config;
    try {
      const url = await app.listen({ host, port, listenTextResolver: () => 'listening' });
      return { ready: { url }, stop: () => app.close() };
    } catch (error) {
      throw cannotListen(error, { host, port, setting: 'SIMULATOR_PORT' });
    }
  },
});
