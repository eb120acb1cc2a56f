// Loaded before a service's own code (NODE_OPTIONS, see test-dns.ts): names that end in .test are asked of TEST_DNS, by
// real DNS queries; all others go to the system's resolver. The service's code stays as it is.
import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const bySystem = dns.promises.lookup;
const resolver = new dns.promises.Resolver();
resolver.setServers([process.env['TEST_DNS'] ?? '']);

async function byTestDns(name: string): Promise<LookupAddress[]> {
  const none = (): string[] => [];
  const [four, six] = await Promise.all([resolver.resolve4(name).catch(none), resolver.resolve6(name).catch(none)]);
  const found = [...four.map((address) => ({ address, family: 4 })), ...six.map((address) => ({ address, family: 6 }))];
  if (found.length === 0) throw Object.assign(new Error(`There is no name ${name}`), { code: 'ENOTFOUND' });
  return found;
}

Object.assign(dns.promises, {
  lookup: (name: string, options: dns.LookupAllOptions) =>
    name.endsWith('.test') ? byTestDns(name) : bySystem(name, options),
});
syncBuiltinESMExports();
