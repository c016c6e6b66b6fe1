/**
 * `get <game>`: a game as an administrator sees it, JSON; `--round <n>` the record of a finished round, `--events` what happened, `--stored` the
 * snapshot as NATS has it, past all members: it may be one that none can read.
 */
import { type Context, type Outcome, WronglyCalled } from '../command.ts';
import { gameOf } from '../game-id.ts';

export async function get(context: Context): Promise<Outcome> {
  const gameId = gameOf(context);
  const path = `/v1/games/${gameId}`;
  const { round, events, stored } = context.flags;
  if ([round, events, stored].filter((flag) => flag !== undefined).length > 1) {
    throw new WronglyCalled('one of --round, --events and --stored');
  }
  if (stored === true) return snapshot(context, gameId);
  if (typeof round === 'string' && !/^[1-9]\d{0,8}$/.test(round)) throw new WronglyCalled('--round takes a number');
  const asked = typeof round === 'string' ? `${path}/rounds/${round}` : events === true ? `${path}/events` : path;
  const value = await context.server.get<{ readonly view?: string }>(asked);
  if (value.view === 'public') {
    context.say('This is what everybody sees: the token of an administrator goes into MINOTAUR_ADMIN_TOKEN.');
  }
  return { value, text: JSON.stringify(value, null, 2), isWell: true };
}

/** As it is, byte by byte, unless JSON was asked for. */
async function snapshot({ environment }: Context, gameId: string): Promise<Outcome> {
  const { openStored } = await import('../stored.ts');
  const cluster = await openStored(environment);
  try {
    const value = await cluster.snapshot(gameId);
    if (value === null) return { value: null, text: `Nothing is stored of ${gameId}.`, isWell: false };
    const text = Buffer.from(value).toString();
    return { value: text, text, isWell: true };
  } finally {
    await cluster.close();
  }
}
