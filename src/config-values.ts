/**
 * What one setting may be: numbers, lists, addresses, names, secrets.
 *
 * Invariant: a complaint says what is wanted and never repeats the value, which may be a secret.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isNatsServer } from './nats-settings.ts';

export const identifier = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of [A-Za-z0-9_-]');
export const wholeNumber = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
    .default(fallback);
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
export const adminToken = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');
export const tokenSecret = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .min(32, 'each must be at least 32 bytes long');
export const allDifferent = (items: readonly string[]) => new Set(items).size === items.length;
export const origin = z
  .string()
  .refine(
    isOrigin,
    'must be origins as browsers write them: https://host, http://host:port, or scheme://host of an app; never null',
  );
export const headerName = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be names of headers');
export const network = z.string().refine(isNetwork, 'must be IP addresses or networks such as 10.0.0.0/8');
export const natsServer = z
  .string()
  .refine(isNatsServer, 'must be host:port, nats://host:port or tls://host:port; users and passwords percent-encoded');

/** Schemes whose pages have no origin but `null`. */
const opaqueSchemes = new Set(['file', 'data', 'blob', 'about', 'javascript', 'ws', 'wss', 'ftp']);

/** Exactly as in a browser's `Origin` header: anything else would never match. Apps in web views have schemes of their own. */
function isOrigin(text: string): boolean {
  if (/^https?:/.test(text)) return !text.includes('*') && URL.parse(text)?.origin === text;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[A-Za-z0-9._-]+(?::\d{1,5})?$/.exec(text)?.[1];
  return scheme !== undefined && !opaqueSchemes.has(scheme);
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  // Everybody's network is none: then whoever asks could name any address.
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
