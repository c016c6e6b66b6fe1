/**
 * Which addresses a member may go to by itself: public ones, and those of networks that an operator has named.
 *
 * Why a list of what is public for IPv6: whatever is set apart there later is not let through by mistake.
 */
import { BlockList, isIP } from 'node:net';

/** Networks of IPv4 that are not public (IANA's special-purpose registry, multicast, reserved). */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;
const PUBLIC_6 = ['2000::/3'] as const;
/** Within those: for documents, and such as wrap an address of IPv4. */
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const;

const notPublic = networksOf(NOT_PUBLIC);
const public6 = networksOf(PUBLIC_6);
const notPublic6 = networksOf(NOT_PUBLIC_6);

/** `named`: what an operator allows beside public addresses; alone, if `onlyNamed`. */
export function mayGoTo(address: string, named: readonly string[], onlyNamed: boolean): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0) return false;
  if (networksOf(named).check(address, family)) return true;
  if (onlyNamed) return false;
  if (family === 'ipv4') return !notPublic.check(address, family);
  return public6.check(address, family) && !notPublic6.check(address, family);
}

/** The address that stands in the URL where others have a name; null: it has a name. */
export function addressIn({ hostname }: URL): string | null {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) === 0 ? null : address;
}

/** Addresses, or networks as `10.0.0.0/8`. */
function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
