/**
 * Long texts that seldom change: kept compressed, and sent in the best form that the client takes, or not at all while it has them.
 *
 * Why compressed beforehand: to compress the pages and the documents costs more than anything else that a member does for one answer.
 * Invariant: a client asks each time whether what it has is still the newest (`no-cache`); a tag names one form of one text.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { noSniffing } from './answers.ts';
import type { Edge } from './edge.ts';

export type Coding = 'br' | 'gzip' | 'identity';

export interface CodedText {
  readonly bodies: Readonly<Record<Coding, Buffer>>;
  /** The same for the same text, on every member. */
  readonly tag: string;
}

export function tagOf(text: Buffer): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** Off the main thread. The quality is the last one that takes no more than some 20 ms for the largest document (0.35 MB). */
export async function compressed(text: string): Promise<CodedText> {
  const identity = Buffer.from(text);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
  const [br, gz] = await Promise.all([promisify(brotliCompress)(identity, { params }), promisify(gzip)(identity)]);
  return { bodies: { identity, br, gzip: gz }, tag: tagOf(identity) };
}

export function sendCoded(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
  { bodies, tag }: CodedText,
  type: string,
): FastifyReply {
  const { 'accept-encoding': accepted = '', 'if-none-match': known = '' } = request.headers;
  const coding = codingFor(String(accepted));
  vary(reply, 'Accept-Encoding');
  reply.header(...noSniffing).headers({
    'x-minotaur-member': edge.gateway.self.id,
    'cache-control': 'no-cache',
    etag: `"${tag}-${coding}"`,
    ...(edge.stage !== 'serving' && { connection: 'close' }),
  });
  if (isKnown(known, tag)) return reply.code(304).send();
  if (coding !== 'identity') reply.header('content-encoding', coding);
  return reply.type(type).send(bodies[coding]);
}

export function vary(reply: FastifyReply, field: string): void {
  const before = reply.getHeader('vary');
  reply.header('vary', before === undefined ? field : `${before}, ${field}`);
}

/** The best coding that a client takes, by its `Accept-Encoding`. */
export function codingFor(accepted: string): Coding {
  const takes = (coding: string) =>
    new RegExp(`(?:^|,)\\s*${coding}\\s*(?:;(?!\\s*q=0(?:\\.0*)?\\s*(?:,|$))|,|$)`, 'i').test(accepted);
  return (['br', 'gzip'] as const).find(takes) ?? 'identity';
}

/** Whether a client that sends this `If-None-Match` has it. */
function isKnown(ifNoneMatch: string, tag: string): boolean {
  return ifNoneMatch.split(',').some((each) => each.trim() === '*' || each.includes(`"${tag}`));
}
