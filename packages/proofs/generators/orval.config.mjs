export default {
  reelay: {
    input: './openapi.json',
    output: { target: './out/orval/reelay.ts', schemas: './out/orval/model', client: 'fetch', mode: 'split' },
  },
};
