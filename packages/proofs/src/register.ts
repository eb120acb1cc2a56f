import type { Proof } from './proof.ts';

/** Every proof, by issue and line. Loaded when it is run. */
export const PROOFS: Readonly<Record<string, Readonly<Record<string, () => Promise<Proof>>>>> = {
  start: {
    1: async () => (await import('./start/1-from-nothing.ts')).fromNothing,
    2: async () => (await import('./start/2-npm-test.ts')).npmTest,
    3: async () =>
      (await import('./house/test-file.ts')).testFiles(
        'With MODELVERSE_BASE_URL and MODELVERSE_API_KEY the tasks go there, exactly as they came',
        ['services/all-in-one/test/other-upstream'],
      ),
    4: async () =>
      (await import('./house/test-file.ts')).testFiles(
        'Ctrl-C while ten tasks run, started again: all end, one webhook and one POST each, nothing left behind',
        ['services/all-in-one/test/stop-and-go-on'],
      ),
    5: async () =>
      (await import('./house/test-file.ts')).testFiles('Each process alone, two of each worker, gives the same', [
        'services/all-in-one/test/each-alone',
      ]),
  },
  durable: {
    1: async () => (await import('./durable/1-worker-kills.ts')).workerKills({ kills: 200, seed: 42 }),
    2: async () => (await import('./durable/2-redis-kills.ts')).redisKills({ kills: 20, seed: 42 }),
    3: async () => (await import('./durable/3-api-kills.ts')).apiKills({ kills: 50, seed: 42 }),
    4: async () => (await import('./durable/4-frozen-workers.ts')).frozenWorkers(),
    5: async () => (await import('./durable/5-unknown-outcomes.ts')).unknownOutcomes(),
    6: async () =>
      (await import('./durable/6-redis-outages.ts')).redisOutages({
        outages: [
          { kind: 'gone', seconds: 2 },
          { kind: 'gone', seconds: 12 },
          { kind: 'frozen', seconds: 12 },
          { kind: 'frozen', seconds: 30 },
          { kind: 'gone', seconds: 60 },
          { kind: 'gone', seconds: 300 },
        ],
      }),
    7: async () => (await import('./durable/7-keys-deleted.ts')).keysDeleted(),
    8: async () => (await import('./durable/8-redis-full.ts')).redisFull(),
    9: async () => (await import('./durable/9-rolling-restart.ts')).rollingRestart({ rounds: 3 }),
    10: async () => (await import('./durable/10-script-flush.ts')).scriptFlush(40),
    11: async () => (await import('./durable/11-workers-down.ts')).workersDown(60),
    12: async () => (await import('./durable/12-chaos.ts')).chaosWithSeeds({ seeds: [1, 2, 3], minutes: 5 }),
    model: async () =>
      (await import('./house/test-file.ts')).testFiles(
        "The model of a task's life: 10,000 sequences against the real Lua, no illegal edge",
        ['packages/tasks/test/life.model'],
        { MODEL_RUNS: '10000' },
      ),
  },
  webhooks: {
    1: async () => (await import('./webhooks/1-verified.ts')).verified(),
    2: async () => (await import('./webhooks/2-bad-receivers.ts')).badReceivers(),
    3: async () =>
      (await import('./webhooks/3-worker-kills.ts')).webhookWorkerKills({ kills: 100, oneAtATime: 30, seed: 42 }),
    4: async () => (await import('./webhooks/4-dead-receiver.ts')).deadReceiver({ due: 1_000, seconds: 60 }),
    5: async () => (await import('./webhooks/5-address-guard.ts')).addressGuard(),
    6: async () => (await import('./webhooks/6-rotation.ts')).rotation(),
    7: async () => (await import('./webhooks/7-redeliver.ts')).redelivered(),
  },
  api: {
    1: async () => (await import('./api/1-one-key.ts')).oneKey({ rounds: 50, killEvery: 5, seed: 42 }),
    2: async () => (await import('./api/2-foreign-ids.ts')).foreignIds({ timed: 300 }),
    5: async () =>
      (await import('./api/5-streams.ts')).streams({
        taskStreams: 4_900,
        callerStreams: 100,
        tasksAtOnce: 20,
        judgesMemory: true,
      }),
    6: async () => (await import('./api/6-long-list.ts')).longList({ tasks: 100_000 }),
    3: async () => (await import('./api/3-untouched-client.ts')).untouchedClient(),
    4: async () => (await import('./api/4-generators.ts')).generators(),
    7: async () => (await import('./api/7-fuzz.ts')).fuzz({ requests: 20_000, seed: 42 }),
    8: async () => (await import('./api/8-models.ts')).models(),
  },
  performance: {
    1: async () => (await import('./performance/1-accepts.ts')).accepts({ count: 8_000, pairs: 5 }),
    2: async () => (await import('./performance/2-cpu.ts')).cpu({ count: 5_000, perSecond: 40, pairs: 5 }),
    3: async () => (await import('./performance/3-poll-schedule.ts')).pollSchedule,
    4: async () => (await import('./performance/4-memory.ts')).memory({ inFlight: 4_000, pairs: 5 }),
    5: async () => (await import('./performance/5-told-soon.ts')).toldSoon({ perSecond: 200, seconds: 30, runs: 5 }),
    6: async () => (await import('./performance/6-many-in-flight.ts')).manyInFlight({ few: 1_000, many: 100_000 }),
    7: async () => (await import('./performance/7-profile.ts')).profiles({ count: 4_000 }),
  },
  clients: {
    1: async () => (await import('./clients/1-faulty-way.ts')).faultyWay({ calls: 1_000, atOnce: 100, seed: 42 }),
    2: async () =>
      (await import('./house/test-file.ts')).testFiles(
        'The packed client, installed by npm in an empty project, on Node 20 and 26, for two compilers and both resolutions',
        ['packages/client/test/packed'],
        { INSTALL_BY_NPM: 'yes', NODES_WANTED: 'v20.,v26.' },
      ),
    3: async () => (await import('./clients/3-unwrap.ts')).unwrapped(),
    4: async () => (await import('./clients/4-terminal.ts')).terminal,
    5: async () =>
      (await import('./house/test-file.ts')).testFiles(
        'Every code block of the README, docs/sdk.md and docs/cli.md runs',
        ['services/all-in-one/test/readme', 'packages/client/test/docs', 'packages/cli/test/docs'],
      ),
  },
};
