/**
 * The time that games go by, in whatever is told about them: clients count down to the end of a round by it, however wrong their own clocks are.
 *
 * Why here and not by the owner: the owner's text is shared by all who are told, at different times; this is spliced in as it leaves.
 */
import type { Answer, Gateway } from '../../member/contract/gateway.ts';

/** The last time that was told: many answers leave in the same millisecond, and its text takes longer to make than any other part of one. */
let told = { at: Number.NaN, text: '' };

/** Now, RFC 3339. */
export function serverTime(gateway: Pick<Gateway, 'now'>): string {
  const { now } = gateway;
  if (now !== told.at) told = { at: now, text: new Date(now).toISOString() };
  return told.text;
}

/** An answer that shows a game, with the time; a problem and an empty body stay as they are. */
export function shown<Shown extends Pick<Answer, 'status' | 'body'>>(answer: Shown, time: string): Shown {
  const { status, body } = answer;
  return status >= 400 || body === '' ? answer : { ...answer, body: timed(body, time) };
}

/** Adds the time to the text of a JSON object, without reading it. */
export function timed(body: string, time: string): string {
  const start = body.slice(0, body.lastIndexOf('}'));
  return `${start}${start === '{' ? '' : ','}"serverTime":"${time}"}`;
}
