/**
 * What clients of a simulated world are given.
 *
 * Role: true time, the way to the members, randomness, and whom to tell what was asked and heard. Clients know no other time and no
 * other chance, so the same world gives the same clients.
 */
import type { Front } from '../world/front.ts';
import type { MemberHost } from '../world/member-host.ts';
import type { Streams } from '../world/streams.ts';
import type { Timeline } from '../world/timeline.ts';
import type { Witness } from '../world/witness.ts';

export interface ClientContext {
  readonly timeline: Timeline;
  readonly front: Front;
  readonly streams: Streams;
  readonly witness: Witness;
  /** The newest process of each machine, alive or dead. */
  hosts(): readonly MemberHost[];
}
