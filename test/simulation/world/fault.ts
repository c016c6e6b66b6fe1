/**
 * What can go wrong in a simulated world: one JSON value for each mishap.
 *
 * Role: the vocabulary of fault schedules. `at` is true ms since the beginning; `ms` is how long it lasts; `member` is a machine's id.
 */
import type { BucketName } from '../../../src/ports/store.ts';

interface Kinds extends ProcessFaults, ConnectionFaults, StoreFaults, WatchFaults, Updates {}

/** What happens to processes and machines. */
interface ProcessFaults {
  /** SIGKILL. The kernel keeps the sockets for `lingerMs`. */
  crash: { readonly member: string; readonly lingerMs: number; readonly restartMs: number | null };
  /** Nobody closes the connections: NATS notices after `noticeMs`; addresses do not answer. */
  powerOff: { readonly member: string; readonly noticeMs: number; readonly restartMs: number | null };
  /** SIGTERM; started again `restartMs` after it (null: not before the faults are over), newer with `upgrade`. */
  stop: { readonly member: string; readonly restartMs: number | null; readonly upgrade: boolean };
  start: { readonly member: string };
  /** An operator drains it by the API of another one, and takes that back. */
  cordon: { readonly member: string; readonly by: string; readonly ms: number };
  /** SIGSTOP, or an event loop that is blocked. */
  stall: { readonly member: string; readonly ms: number };
  /** At each step that can be seen from outside it may stand still, for up to `stallMs`. */
  stumble: { readonly member: string; readonly ms: number; readonly probability: number; readonly stallMs: number };
  /** The machine sleeps, and its monotonic clock with it. */
  sleep: { readonly member: string; readonly ms: number; readonly isCut: boolean };
  wallJump: { readonly member: string; readonly ms: number; readonly offsetMs: number };
}

/** What operators do who deploy another version. */
interface Updates {
  /** SIGTERM; started again as a member of that state version. */
  roll: { readonly member: string; readonly to: 1 | 2; readonly restartMs: number };
  /** `minotaur finalize`, killed after `killAfterMs` (null: it is not). */
  finalize: { readonly takeBack: boolean; readonly killAfterMs: number | null };
}

/** What happens between members and NATS, and among members. */
interface ConnectionFaults {
  /** Both ends notice. What was on its way to NATS arrives all the same, arrives up to `lateMs` late, or never. */
  cut: { readonly member: string; readonly ms: number; readonly strays: Strays; readonly lateMs: number };
  /** Nothing gets through in one direction; what is held arrives afterwards, if the client has not given the connection up. */
  hold: { readonly member: string; readonly ms: number; readonly direction: 'out' | 'in' | 'both' };
  /** These members' NATS server has lost its route to the others. */
  routeDown: { readonly members: readonly string[]; readonly ms: number };
  address: { readonly from: string; readonly to: string; readonly ms: number; readonly shows: Shown };
  messages: { readonly ms: number; readonly loss: number; readonly doubling: number; readonly delayMs: number };
  /** Messages of the one to the other get lost, each with this probability. */
  lossyPair: { readonly from: string; readonly to: string; readonly ms: number; readonly loss: number };
  /** What other members and itself say does not reach the member; the store does, and what it says is heard. */
  deaf: { readonly member: string; readonly ms: number };
  /** Everything takes up to `delayMs` longer between the member and NATS, in either direction. */
  slowLink: { readonly member: string; readonly ms: number; readonly delayMs: number };
  /** What the member asks of the store, or what that answers, gets lost. */
  lossyLink: { readonly member: string; readonly ms: number; readonly loss: number };
  /** What the member says is of another release, or garbage: each message with this probability. */
  incompatiblePeer: { readonly member: string; readonly ms: number; readonly probability: number };
  /** Each message comes again up to `most` times, up to `lateMs` after it. */
  lateCopies: { readonly ms: number; readonly most: number; readonly lateMs: number };
}

interface StoreFault {
  readonly bucket: BucketName;
  readonly ms: number;
}

type LikelyStoreFault = StoreFault & { readonly probability: number };

/** What the store does. */
interface StoreFaults {
  /** No leader. */
  election: StoreFault;
  busy: LikelyStoreFault;
  /** Writes are answered at once by an error that does not say what became of them: a full disk, a right that is missing. */
  full: LikelyStoreFault;
  lostWrites: LikelyStoreFault;
  lostAcks: LikelyStoreFault;
  /** Writes are carried out at once, and acknowledged up to `lateMs` late. */
  lateAcks: LikelyStoreFault & { readonly lateMs: number };
  /** What landed is answered with "wrong last sequence". */
  echoes: LikelyStoreFault;
  silentReads: LikelyStoreFault;
  /** Writes are carried out up to `lateMs` late. */
  lateWrites: LikelyStoreFault & { readonly lateMs: number };
  /** Reads show what was there up to `lagMs` ago, or nothing. */
  staleReads: LikelyStoreFault & { readonly lagMs: number };
  /** A replica that was away catches up: what it shows is up to `lagMs` old, without what has been written again since. */
  catchUp: LikelyStoreFault & { readonly lagMs: number };
  /** It gives so few keys in one answer. */
  fewKeys: StoreFault & { readonly keys: number };
  /** Its clock jumps, and runs faster by `rate`, until it is set right again. */
  storeClock: { readonly ms: number; readonly offsetMs: number; readonly rate: number };
  payloadLimit: { readonly ms: number; readonly bytes: number };
  /** All servers end and start again. With `lostMs`, what was written last is forgotten. */
  natsRestart: { readonly ms: number; readonly lostMs: number };
}

interface WatchFault {
  readonly member: string;
  readonly bucket: BucketName;
}

/** What happens to a member's watches. */
interface WatchFaults {
  watchLag: WatchFault & { readonly ms: number; readonly lagMs: number };
  /** Then everything comes, by a new pass if the client noticed. */
  watchStall: WatchFault & { readonly ms: number; readonly isNoticed: boolean };
  /** Null: the client never notices. */
  watchDeath: WatchFault & { readonly noticeMs: number | null };
  watchSkip: WatchFault & { readonly ms: number; readonly probability: number };
}

export type FaultKind = keyof Kinds;
export type FaultOf<Kind extends FaultKind> = { readonly at: number; readonly kind: Kind } & Kinds[Kind];
export type Fault = { [Kind in FaultKind]: FaultOf<Kind> }[FaultKind];
export type Strays = 'arrive' | 'late' | 'lost';
export type Shown = 'refused' | 'silent' | 'other';

/** One line for people. */
export function describeFault(fault: Fault): string {
  const { at, kind, ...rest } = fault;
  const details = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? round(value) : value}`,
  );
  return `${(at / 1000).toFixed(3)} s  ${kind}  ${details.join(', ')}`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
