/**
 * Whom the tool asks, and as whom: from its options and the environment.
 *
 * Why the settings of members count: in the container of a member the tool then needs none of its own, and asks that member.
 */
import { type Environment, WronglyCalled } from './command.ts';
import { Server } from './server.ts';

const DEFAULT_PORT = '3000';

/** Throws WronglyCalled. */
export function serverFor(url: string | undefined, environment: Environment): Server {
  const asked = url ?? environment.MINOTAUR_URL ?? `http://127.0.0.1:${ownPort(environment)}`;
  const address = URL.canParse(asked) ? new URL(asked) : null;
  if (address === null || !/^https?:$/.test(address.protocol)) {
    const from = url === undefined ? 'MINOTAUR_URL' : '--url';
    throw new WronglyCalled(`${from} must begin with http:// or https://, not "${asked}"`);
  }
  if (address.username !== '') {
    throw new WronglyCalled('the token goes into MINOTAUR_ADMIN_TOKEN, not into the address');
  }
  return new Server(asked.replace(/\/+$/, ''), adminToken(environment));
}

/** The port of this machine's member where operators are served. */
function ownPort({ MINOTAUR_OPS_PORT: ops = '', MINOTAUR_PORT: own = '' }: Environment): string {
  // Kubernetes may put an address there.
  return [ops, own].find((port) => /^[1-9]\d*$/.test(port)) ?? DEFAULT_PORT;
}

function adminToken({ MINOTAUR_ADMIN_TOKEN: one, MINOTAUR_ADMIN_TOKENS: list }: Environment): string | null {
  return one || list?.split(',')[0]?.trim() || null;
}
