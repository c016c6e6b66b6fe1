/**
 * Sessions of the tiny game, and short ways to command them.
 */
import assert from 'node:assert/strict';
import { ADMIN } from '../../../src/session/permission.ts';
import { Session } from '../../../src/session/session.ts';
import type { Cut, SessionCommand, Verdict } from '../../../src/session/session-command.ts';
import { decode, type Snapshot, type Stamp } from '../../../src/session/snapshot.ts';
import { type TinyCommand, type TinyState, tinyOrigin, tinyRules } from '../../support/tiny-rules.ts';
import { writing } from '../../support/written.ts';

export type TinySession = Session<TinyState, TinyCommand>;

export const NOW = Date.UTC(2030, 0, 1);
export const stamp: Stamp = { owner: 'm1', incarnation: 'i1', epoch: 3 };
export const add: TinyCommand = { type: 'add', by: 1 };

/** What NATS takes unless it is told otherwise. */
export const MEBIBYTE = 1024 * 1024;

let ids = 0;

/** An administrator's command with an id of its own, unless told otherwise. */
export function command(
  input: TinyCommand,
  parts: Partial<SessionCommand<TinyCommand>> = {},
): SessionCommand<TinyCommand> {
  ids += 1;
  const unique = { principal: 'p', id: `c${ids}`, keyed: true, again: false, receivedAt: NOW, fingerprint: 'f' };
  return { input, caller: ADMIN, may: ['admin'], ...unique, ...parts };
}

/** Just created, nothing written yet. */
export function created(document: Partial<TinyState> = {}, expected = 0, largestValue = MEBIBYTE): TinySession {
  const from = { gameId: 'G', document, origin: tinyOrigin, now: NOW, stamp, expected, largestValue };
  const made = Session.create(tinyRules, from, command(add, { id: 'creation' }));
  assert.equal(made.kind, 'created');
  return (made as { session: TinySession }).session;
}

/** Created and committed at revision 1. */
export function running(document: Partial<TinyState> = {}, largestValue = MEBIBYTE): TinySession {
  const session = created(document, 0, largestValue);
  commit(session, 1);
  return session;
}

/** Cuts the next write, which must be there. */
export function cut(session: TinySession, writtenVersion = 2): Cut {
  const next = session.cut(writing(writtenVersion));
  assert.ok(next !== null, 'there is something to write');
  return next;
}

/** Writes everything there is, as if acknowledged at `revision`. */
export function commit(session: TinySession, revision: number, now = NOW): Cut {
  const next = cut(session);
  session.landed(revision, now);
  return next;
}

/** What a cut holds, as any member would read it. */
export function stored({ value }: Pick<Cut, 'value'>): Snapshot<TinyState> {
  return decode(tinyRules, value);
}

/** What another owner makes of a cut: claimed, or handed over. */
export function resumed({ value }: Pick<Cut, 'value'>, revision: number, claim: boolean, epoch = 4): TinySession {
  const from = {
    revision,
    sizeBytes: value.length,
    stamp: { owner: 'm2', incarnation: 'i2', epoch },
    largestValue: MEBIBYTE,
  };
  return Session.resume(tinyRules, stored({ value }), { ...from, writtenAt: claim ? NOW : null });
}

/** The code of a problem, else the status and body of a result. */
export function told({ reply }: Verdict): string {
  return reply.kind === 'problem' ? reply.code : `${reply.status} ${reply.body}`;
}
