/**
 * Whether a cluster may store what only its newer members read, and when.
 *
 * Role: the decisions of `minotaur finalize`, from the cluster's record and from who is there. The version of the module has rules of its own
 * (module-version.ts).
 * Invariants:
 *  - `written` rises only to what is `minimum` already, and only by a list of the members that was made after `minimum` rose, on which all speak
 *    it: whoever came before is on that list, and whoever comes later is refused. A list of none changes nothing.
 *  - It never falls. `minimum` falls back to it where somebody is behind after all.
 *  - Nothing has to be remembered between two steps: the record says which one is next, whoever made the last one.
 */
import { z } from 'zod';

const version = z.number().int().min(1);
const format = z.looseObject({ stateVersion: version, protocol: version });
/** With all that a later version may have put there. */
const finalizable = z.looseObject({ minimum: format, written: format });

/** What a member is able to read: the state version of games, and the protocol between members. */
export interface Format {
  readonly stateVersion: number;
  readonly protocol: number;
}

export type FinalizableRecord = z.infer<typeof finalizable>;

/** A member, and the newest that it speaks. */
export interface Speaker extends Format {
  readonly id: string;
}

/** What is to be done while `minimum` is what is written. */
export type Opening =
  | { readonly is: 'nothing' }
  | { readonly is: 'nobody' }
  /** Some speak more than what is written, and these do not. */
  | { readonly is: 'behind'; readonly behind: readonly Speaker[] }
  | { readonly is: 'raise'; readonly record: FinalizableRecord };

/** What is to be done once `minimum` is above what is written. */
export type Closing =
  /** A list of none shows nothing: what is written would rise to what nobody has been seen to speak. The record stays as it is. */
  | { readonly is: 'nobody' }
  /** These keep `written` from rising: `minimum` falls. */
  | { readonly is: 'behind'; readonly behind: readonly Speaker[]; readonly record: FinalizableRecord }
  | { readonly is: 'raise'; readonly record: FinalizableRecord };

/** Throws if it is no record of a cluster. */
export function readFinalizable(value: Uint8Array): FinalizableRecord {
  return finalizable.parse(JSON.parse(new TextDecoder().decode(value)));
}

export function encodeFinalizable(record: FinalizableRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** Whether there is anything that `one` speaks and `other` does not. */
export function isAbove(one: Format, other: Format): boolean {
  return one.stateVersion > other.stateVersion || one.protocol > other.protocol;
}

/** Older members are shut out, and what is written is as it was: somebody is between the two steps, or never came to the second one. */
export function isHalfWay({ minimum, written }: { readonly minimum: Format; readonly written: Format }): boolean {
  return isAbove(minimum, written);
}

/** `present` may be of any time: what follows looks again. */
export function opening(record: FinalizableRecord, present: readonly Speaker[]): Opening {
  const { minimum, written } = record;
  if (present.length === 0) return { is: 'nobody' };
  const least = {
    stateVersion: extreme(Math.min, present, 'stateVersion'),
    protocol: extreme(Math.min, present, 'protocol'),
  };
  if (isAbove(least, written)) {
    const stateVersion = Math.max(least.stateVersion, written.stateVersion);
    const protocol = Math.max(least.protocol, written.protocol);
    return { is: 'raise', record: { ...record, minimum: { ...minimum, stateVersion, protocol } } };
  }
  const behind = behindOf(newestOf(present), present);
  return behind.length === 0 ? { is: 'nothing' } : { is: 'behind', behind };
}

/** `listed`: the members as of the revision of `record`, or later. */
export function closing(record: FinalizableRecord, listed: readonly Speaker[]): Closing {
  if (listed.length === 0) return { is: 'nobody' };
  const behind = behindOf(record.minimum, listed);
  if (behind.length > 0) return { is: 'behind', behind, record: withoutMinimum(record) };
  return { is: 'raise', record: withWritten(record) };
}

/** `minimum` is what is written again: older members are let in. */
export function withoutMinimum(record: FinalizableRecord): FinalizableRecord {
  const { stateVersion, protocol } = record.written;
  return { ...record, minimum: { ...record.minimum, stateVersion, protocol } };
}

function withWritten(record: FinalizableRecord): FinalizableRecord {
  const { stateVersion, protocol } = record.minimum;
  return { ...record, written: { ...record.written, stateVersion, protocol } };
}

/** Of several, number by number. */
export function newestOf(present: readonly Format[]): Format {
  return { stateVersion: extreme(Math.max, present, 'stateVersion'), protocol: extreme(Math.max, present, 'protocol') };
}

export function behindOf<Of extends Format>(wanted: Format, present: readonly Of[]): readonly Of[] {
  return present.filter((member) => isAbove(wanted, member));
}

function extreme(of: (...numbers: number[]) => number, present: readonly Format[], field: keyof Format): number {
  return of(...present.map((each) => each[field]));
}
