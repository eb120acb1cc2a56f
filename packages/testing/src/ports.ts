export { freePort } from '@reelay/local-redis';
