/**
 * Addresses of clients, as limits count them.
 *
 * Why networks: whoever has one IPv6 address has the 2^64 of its /64; an IPv4 address that came in over IPv6 is the same client.
 */
import { isIP } from 'node:net';
import rateLimit from '@fastify/rate-limit';

const ipv6Network = 64;

/** What stands for `address` in a counter: an IPv4 address, an IPv6 /64, or one name for everything that is no address. */
export function addressKey(address: string): string {
  return isIP(address) === 0 ? 'unknown' : rateLimit.normalizeIP(address, ipv6Network);
}
