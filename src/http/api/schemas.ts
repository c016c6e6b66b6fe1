/**
 * The small schemas of the wire contract: ids, numbers, parameters of addresses and queries.
 *
 * Role: says what is wrong in the words of the contract (`path: what is wrong`), and describes itself for the documents.
 */
import { z } from 'zod';
import { beyondNumbers } from '../../game/complaints.ts';

const idPattern = /^[A-Za-z0-9_-]{1,64}$/;
export const idComplaint = 'must be 1 to 64 characters of [A-Za-z0-9_-], and not __proto__';

/** Ids of games, players, actions and members; `__proto__` is none, as for the rules: it assigns a prototype where it becomes a key. */
export const isId = (text: string): boolean => text !== '__proto__' && idPattern.test(text);

/** The message for a value of the wrong type, or for none at all. */
export const must = (expected: string) => (issue: { input?: unknown }) =>
  issue.input === undefined ? 'is required' : (beyondNumbers(issue.input) ?? `must be ${expected}`);

/** An id; a fresh schema each time, so that each can have its own description. */
export const id = (description: string, example: string) =>
  z
    .string({ error: must('a string') })
    .regex(idPattern, { error: idComplaint, abort: true })
    .refine(isId, idComplaint)
    .meta({ description, examples: [example] });

export const gameId = id(
  'The id of the game; for games made by `create_game` it is also what players join by.',
  '7ZK3M0QD',
);
export const playerId = id('The id of the player, or of the seat of a host who does not play.', 'p4XHN2T8RWA');
export const actionId = id('The id that the action got when it was registered.', 'a7');
export const memberId = id('The id of a member of the cluster.', 'm1');

export const round = z
  .int({ error: must('a positive whole number') })
  .min(1, 'must be a positive whole number')
  .meta({ description: 'The number of a round; the first is 1.', examples: [1] });

export const whole = z.int({ error: must('a whole number') });

/** A whole number, from 0, that comes as text in an address. Text that is none becomes NaN, and one that is too large infinite, which `schema` refuses. */
export const fromText = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((text) => {
    if (typeof text !== 'string') return text;
    return /^\d{1,15}$/.test(text) ? Number(text) : /^\d+$/.test(text) ? Number.POSITIVE_INFINITY : Number.NaN;
  }, schema);

/** RFC 3339, UTC, milliseconds. */
export const time = (description: string) =>
  z.string().meta({ description, format: 'date-time', examples: ['2030-01-31T12:00:00.000Z'] });

/** A time that a client gives in a query: RFC 3339, any precision. The plus of an offset comes as a space unless it was encoded. */
export const givenTime = (description: string) =>
  z.preprocess(
    (text) => (typeof text === 'string' ? text.replace(' ', '+') : text),
    z.iso
      .datetime({ offset: true, error: must('an RFC 3339 time') })
      .meta({ description, examples: ['2030-01-01T00:00:00Z'] }),
  );

/** In whatever is told about games. */
export const serverTime = time(
  'The time by which games go, at the moment this was sent: what is left of a round is `roundEndTime` less this, whatever the clock of the client shows.',
);

export const version = z
  .int()
  .min(0)
  .meta({ description: "The game's command counter: one more with every command that was applied.", examples: [7] });

export const memberOrNull = (description: string) =>
  z
    .string()
    .nullable()
    .meta({ description, examples: ['m1'] });

export const token = z.string().meta({
  description:
    'The token of the player, for `Authorization: Bearer …`. Keep it secret. A repetition of the request gives it again; a renewed one takes its place.',
  examples: ['v1.eyJnYW1lIjoiN1pLM00wUUQifQ.3q2-7wAAAAA'],
});

/** Parameters or a query without any. */
export const none = z.object({});
export const ofGame = z.object({ id: gameId });
export const ofPlayer = z.object({ id: gameId, playerId });
export const ofRound = z.object({ id: gameId, round: fromText(round) });
export const ofAction = z.object({ id: gameId, actionId });
export const ofMember = z.object({ id: memberId });

/** Values whose shape the rules check, where their bounds are: how they are documented, by their schema here. */
export const documentedAs = new Map<z.core.$ZodType, z.ZodType>();

/** A JSON object, passed on as it is; documented as `as`. */
export function jsonObject(as: z.ZodType) {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const schema = z.custom<Readonly<Record<string, unknown>>>(isObject, { error: 'must be a JSON object' });
  documentedAs.set(schema, as);
  return schema;
}
