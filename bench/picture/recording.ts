/**
 * What `npm run picture` keeps of a real run (docs/kill.json): who played, when the owner was killed, and every command.
 *
 * Invariant: times are whole milliseconds, counted from the kill.
 */
import { z } from 'zod';

const ms = z.int();

const command = z.object({
  player: z.string(),
  /** What was asked for. */
  what: z.enum(['act', 'commit']),
  sentAt: ms,
  answeredAt: ms,
  /** How often it was sent, under one idempotency key. */
  attempts: z.int().min(1),
  /** Who owned the game when it was answered. */
  owner: z.string(),
  /** Of the game, after it. */
  version: z.int(),
  round: z.int(),
});

export const recordingSchema = z.object({
  about: z.string(),
  nats: z.string(),
  node: z.string(),
  members: z.array(z.string()).length(3),
  killed: z.string(),
  /** In the order of their answers. */
  commands: z.array(command).min(2),
  /** Of the game, before the first command and after the last, read from a survivor. */
  versions: z.object({ before: z.int(), after: z.int() }),
});

export type Recording = z.infer<typeof recordingSchema>;
export type Command = z.infer<typeof command>;
