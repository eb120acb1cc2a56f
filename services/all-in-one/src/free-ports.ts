import { bindError } from '@reelay/local-redis';
import { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

/** Throws Refusal when a port that a process is going to listen on cannot be had. */
export async function requireFreePorts(settings: Pick<Settings, 'host' | 'port' | 'simulatorPort'>): Promise<void> {
  const wanted = [
    { name: 'PORT', port: settings.port, what: 'the api' },
    { name: 'SIMULATOR_PORT', port: settings.simulatorPort, what: 'the simulator' },
  ];
  for (const { name, port, what } of wanted) {
    const code = await bindError(port, settings.host);
    if (code === 'EADDRINUSE') {
      throw new Refusal(
        `Port ${port} for ${what} is in use by another program. End that program, or choose another port: ${name}=${portNear(port)} npm start`,
      );
    }
    if (code) throw new Refusal(`Port ${port} for ${what} cannot be used (${code}). Set ${name} to another one.`);
  }
}

function portNear(port: number): number {
  return port > 65_000 ? port - 10 : port + 10;
}
