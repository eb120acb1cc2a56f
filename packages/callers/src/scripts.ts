import { type LuaScript, readScript } from '@reelay/redis';

const folder = new URL('./lua/', import.meta.url);
const script = (name: string): LuaScript => readScript(folder, name);

export const SCRIPTS = {
  createCaller: script('create_caller'),
  changeCaller: script('change_caller'),
  deleteCaller: script('delete_caller'),
  rotateSecret: script('rotate_secret'),
  resealSecret: script('reseal_secret'),
  beginTest: script('begin_test'),
  claimTest: script('claim_test'),
  settleTest: script('settle_test'),
  createKey: script('create_key'),
  deleteKey: script('delete_key'),
};
