/**
 * What members say to each other: a JSON header, a newline, and raw bytes where there are any.
 *
 * Role: the wire format between members, parsed by zod at both ends.
 * Why a header and raw bytes: snapshots and answers pass through as they are, without being escaped into JSON again.
 * Invariant: reading never throws: a member of another release may say anything, and what it says is `unreadable` then.
 */
import { z } from 'zod';
import type { Followed } from '../../ports/tracing.ts';
import type { Caller, Permission } from '../../session/permission.ts';
import type { Operation, ReadOperation } from './gateway.ts';
import { type Word, wordSchema } from './presence.ts';

const text = z.string();
const count = z.number().int().min(0);
const bearer = { playerId: text, nonce: text, generation: count };
const caller = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('public') }),
  z.object({ kind: z.literal('admin') }),
  z.object({ kind: z.literal('player'), ...bearer }),
]);
const may = z.array(z.enum(['anyone', 'player', 'self', 'host', 'admin']));
const origin = z.object({
  nonce: text,
  host: z
    .object({
      playerId: text,
      displayName: text.nullable(),
      /** Absent: from a release that kept no digest of keys. */
      keys: z.array(z.object({ playerId: text, digest: text })).optional(),
      addresses: z.array(text).optional(),
    })
    .nullable(),
  byAdmin: z.literal(true).optional(),
  isRematch: z.literal(true).optional(),
});
const grant = z.object({ ...bearer, role: z.enum(['host', 'player']) });
const command = z.object({
  principal: text,
  id: text,
  keyed: z.boolean(),
  again: z.boolean(),
  receivedAt: z.number(),
  /** It may have been received later. Absent: it was not, or a member of an older version does not say. */
  waited: z.literal(true).optional().catch(undefined),
  fingerprint: text,
});
/** Absent: it takes nobody in, or a member of an older version does not say. */
const lobby = z.object({ seatsLeft: count, playerCount: count, host: text.nullable() }).optional();
/** How far a webhook was told. Absent: there is no outbox, or a member of an older version does not say. */
const told = z.object({ seq: count, round: count, newest: count }).optional();
/** Absent: nobody asked from outside, or a member of an older version does not say; one of a newer version may say it otherwise. */
const trace = z
  .object({ requestId: text, parent: z.record(text, text).optional() })
  .optional()
  .catch(undefined);
const addressed = { gameId: text, caller, may, trace };
const operation = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('read'), ...addressed, consistency: z.enum(['strong', 'eventual']) }),
  z.object({ kind: z.literal('continue'), ...addressed, document: z.unknown().optional(), origin, command }),
  z.object({ kind: z.literal('create'), ...addressed, document: z.unknown(), origin, command }),
  z.object({
    kind: z.literal('command'),
    ...addressed,
    input: z.custom<never>((value) => typeof value === 'object' && value !== null),
    command,
  }),
  z.object({ kind: z.literal('erase'), ...addressed, command, idleSince: z.number().optional() }),
  /** What happened lately, for the caller: JSON text of `Happened`. */
  z.object({ kind: z.literal('events'), ...addressed }),
  /**
   * The whole committed state, for another member: an update (updates.ts). `host`: the host watches there. `present`: who follows the game there;
   * absent: from a member that does not say.
   */
  z.object({ kind: z.literal('state'), gameId: text, host: caller.optional(), present: wordSchema.optional() }),
]);

const request = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ping') }),
  /** `deadline` is cluster time, ms: what arrives later is dropped unapplied. `revision` is that of the sender's slot record. */
  z.object({
    type: z.literal('execute'),
    operation,
    slot: count,
    revision: count,
    deadline: z.number(),
    interested: z.boolean(),
    /** Names this very message, of all members: a copy of it changes nothing. Absent: from a member of an older version. */
    message: text.optional(),
  }),
  z.object({ type: z.literal('offer'), slot: count, transferId: text, from: text }),
  z.object({
    type: z.literal('transfer'),
    slot: count,
    transferId: text,
    /**
     * What this message is a part of: how many sessions and markers in all, and which of two transfers is the newer. Older releases leave it out.
     * `doubtful`: NATS may have lost some of it.
     */
    whole: z
      .object({
        epoch: count,
        attempt: count,
        total: count,
        markers: count.optional(),
        doubtful: z.boolean().optional(),
      })
      .optional(),
    /** Of sessions that are deleted: how each ended. Older releases leave them out. */
    markers: z
      .array(z.object({ gameId: text, revision: count, status: text, archived: count.optional(), told }))
      .optional(),
    sessions: z.array(
      z.object({
        gameId: text,
        revision: count,
        unsettled: z.boolean(),
        status: text,
        listed: z.boolean(),
        /** Absent: from a member of a version that knew neither. */
        suspended: z.boolean().default(false),
        playedAt: z.number().nullable().default(null),
        lobby,
        told,
        deadline: z.number().nullable(),
        epoch: count,
        commit: count,
        /** Until its round is due by its owner's clock, ms. Absent: from a member of an older version. */
        goesOnMs: z.number().nullable().optional(),
        /** Bytes of the stored snapshot in the body, in order; null: not included. */
        bytes: count.nullable(),
      }),
    ),
  }),
  z.object({
    type: z.literal('list'),
    status: text.nullable(),
    listedOnly: z.boolean(),
    limit: count,
    cursor: text.nullable(),
    suspended: z.boolean().optional(),
    /** Wall ms. */
    idleSince: z.number().optional(),
    seats: z.literal('free').optional(),
  }),
  z.object({ type: z.literal('stats') }),
  /** One that comes after `deadline` (cluster time, ms) is void: its sender may have changed his mind. */
  z.object({ type: z.literal('drain'), on: z.boolean(), deadline: z.number() }),
]);

const reply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ok') }),
  z.object({ type: z.literal('refused'), reason: text }),
  /** The body of the answer follows as raw bytes. */
  z.object({ type: z.literal('answer'), status: count, owner: text.nullable(), grant: grant.optional() }),
  /** Look at the slot's record from this revision on. `uncertain`: the command may have been applied here all the same. */
  z.object({ type: z.literal('moved'), revision: count, uncertain: z.boolean() }),
  z.object({
    type: z.literal('page'),
    slots: z.array(count),
    games: z.array(
      z.object({
        id: text,
        status: text,
        roundEndTime: text.nullable(),
        listed: z.boolean(),
        suspended: z.boolean().optional(),
        playedAt: z.number().nullable().optional(),
        lobby,
      }),
    ),
  }),
  z.object({
    type: z.literal('stats'),
    sessions: count,
    /** What makes no progress. Absent: nothing, or a member of an older version does not say. */
    stuck: z
      .array(
        z.object({
          kind: text,
          count,
          oldest: z.array(z.object({ what: text, forMs: z.number() })).readonly(),
        }),
      )
      .readonly()
      .optional(),
    /** How often it survived what, and how the receiver of webhooks does; absent as above, or no webhook is set up. */
    incidents: z.record(text, count).optional(),
    webhook: z
      .object({
        waiting: count,
        oldestMs: z.number(),
        givenUp: count,
        deliveredMsAgo: z.number().nullable(),
        failure: z
          .object({
            outcome: text,
            status: count.optional(),
            msAgo: z.number(),
            /** Absent: a member of an older version does not say. */
            ofOneGame: z.boolean().optional(),
          })
          .nullable(),
      })
      .optional(),
  }),
]);

export type RpcRequest = z.infer<typeof request>;
export type RpcReply = z.infer<typeof reply>;
export type WireCommand = z.infer<typeof command>;
export type WireOperation = z.infer<typeof operation>;
export type TransferEntry = Extract<RpcRequest, { type: 'transfer' }>['sessions'][number];
export type ListedGame = Extract<RpcReply, { type: 'page' }>['games'][number];

/** What only members ask each other. */
export type MemberOperation = Followed &
  (
    | { readonly kind: 'events'; readonly gameId: string; readonly caller: Caller; readonly may: Permission }
    | {
        readonly kind: 'state';
        readonly gameId: string;
        readonly host?: Caller | undefined;
        readonly present?: Word | undefined;
      }
  );

type Identified<Kind extends Operation['kind']> = Omit<Extract<Operation, { kind: Kind }>, 'command'> & {
  readonly command: WireCommand;
};

/** An operation that changes something; its command has been given an identity that survives retries. */
export type RoutedCommand = Identified<'continue'> | Identified<'create'> | Identified<'command'> | Identified<'erase'>;

export type RoutedOperation = ReadOperation | MemberOperation | RoutedCommand;

/** What a later release added, or garbage. */
export interface Unreadable {
  readonly type: 'unreadable';
  readonly reason: string;
}

export interface Frame<Header> {
  readonly header: Header;
  readonly body: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEWLINE = 10;
const NO_BODY = new Uint8Array(0);

export function encodeFrame(header: RpcRequest | RpcReply, body: Uint8Array = NO_BODY): Uint8Array {
  const head = encoder.encode(`${JSON.stringify(header)}\n`);
  if (body.length === 0) return head;
  const frame = new Uint8Array(head.length + body.length);
  frame.set(head);
  frame.set(body, head.length);
  return frame;
}

export function decodeRequest(payload: Uint8Array): Frame<RpcRequest | Unreadable> {
  return decodeFrame(payload, request);
}

export function decodeReply(payload: Uint8Array): Frame<RpcReply | Unreadable> {
  return decodeFrame(payload, reply);
}

function decodeFrame<Header>(payload: Uint8Array, schema: z.ZodType<Header>): Frame<Header | Unreadable> {
  const end = payload.indexOf(NEWLINE);
  if (end < 0) return unreadable('no header');
  try {
    const parsed = schema.safeParse(JSON.parse(decoder.decode(payload.subarray(0, end))));
    if (parsed.success) return { header: parsed.data, body: payload.subarray(end + 1) };
    return unreadable(z.prettifyError(parsed.error).replaceAll('\n', ' '));
  } catch {
    return unreadable('a header that is no JSON');
  }
}

function unreadable(reason: string): Frame<Unreadable> {
  return { header: { type: 'unreadable', reason }, body: NO_BODY };
}
