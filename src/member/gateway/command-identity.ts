/**
 * What makes a command the same one, however often it is sent (I6).
 *
 * Invariant: a command gets its identity once, at the first try, and keeps it through all of them.
 */
import { createHash } from 'node:crypto';
import type { Random } from '../../ports/random.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { CommandIdentity, Operation } from '../contract/gateway.ts';
import type { MemberOperation, RoutedCommand, RoutedOperation, WireCommand } from '../contract/rpc.ts';
import type { Received } from './receive-clock.ts';

/** Of a command's id: 60 bits are enough to tell 96 commands apart, and they are stored with every game. */
const ID_LENGTH = 10;

export interface IdentityContext {
  readonly time: Pick<ClusterTime, 'isKnown' | 'at'>;
  readonly random: Random;
}

/** Null: there is no time yet to say when it was received. */
export function identify(
  { time, random }: IdentityContext,
  operation: Operation | MemberOperation,
  { at, waited }: Received,
): RoutedOperation | null {
  if (!('command' in operation)) return operation;
  if (!time.isKnown) return null;
  const command = wireCommand(random, operation.command, time.at(at));
  return { ...operation, command: waited ? { ...command, waited } : command };
}

/** What waited before this gateway was asked came so much earlier, perhaps. */
export function receivedOf(operation: Operation | MemberOperation, asked: Received): Received {
  const waitedMs = 'command' in operation ? operation.command.waitedMs : undefined;
  return waitedMs === undefined ? asked : { at: asked.at - waitedMs, waited: true };
}

/** The same command, marked as one that may have been applied before. */
export function again<Routed extends RoutedCommand>(routed: Routed): Routed {
  return { ...routed, command: { ...routed.command, again: true } };
}

function wireCommand(
  random: Random,
  { principal, key, fingerprint }: CommandIdentity,
  receivedAt: number,
): WireCommand {
  // Nobody but this gateway repeats a command without a key: it needs no fingerprint.
  if (key === null)
    return { principal, id: random.token(ID_LENGTH), keyed: false, again: false, receivedAt, fingerprint: '' };
  const id = createHash('sha256').update(key).digest('base64url').slice(0, ID_LENGTH);
  return { principal, id, keyed: true, again: false, receivedAt, fingerprint };
}
