/**
 * Which IP addresses are public, by IANA's special-purpose registries (2026-11): of IPv4 all but those listed here, of IPv6
 * only what is global unicast (2000::/3) and not listed; so addresses that embed one of IPv4 are none.
 */
import { BlockList } from 'node:net';

const SPECIAL_4 = [
  ...(['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'] as const),
  ...(['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'] as const),
  ...(['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'] as const),
];
const SPECIAL_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const listOf = (subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
};

const special4 = listOf(SPECIAL_4, 'ipv4');
const special6 = listOf(SPECIAL_6, 'ipv6');
const global6 = listOf(['2000::/3'], 'ipv6');

/** Whether an address is one of the public internet. */
export const isPublic = ({ address, family }: { readonly address: string; readonly family: number }): boolean =>
  family === 4 ? !special4.check(address, 'ipv4') : global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
