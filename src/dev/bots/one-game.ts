/**
 * One whole game of bots: a lobby, its rounds, and what everybody can read of it once it is over.
 *
 * Role: as people would do it: one opens the lobby, the others join by its code, the host settles who plays, and starts.
 * Invariant: it ends: a game in which nothing happens for a time, or that goes on for too many rounds, is given up, and that is said.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { hostOf } from '../../client/host.ts';
import { minotaur } from '../../client/index.ts';
import { Requests } from '../../client/requests.ts';
import type { LoadedGame } from '../../game/loaded-game.ts';
import type { Random } from '../../game/module.ts';
import { randomOf } from '../../game/random-stream.ts';
import type { Evidence, Seen } from './evidence.ts';
import { readAll } from './reading.ts';
import { replay } from './replay.ts';
import type { Tally } from './tally.ts';
import { disagreements } from './verdict.ts';
import { WirePlayer } from './wire-player.ts';

const FEWEST_PLAYERS = 2;
const MOST_PLAYERS = 4;
const MOST_ROUNDS = 5_000;
const STANDSTILL_MS = 90_000;
const LOOK_MS = 250;
/** Nobody counts as away: records do not tell who is. */
const settings = { roundSeconds: 60, awayRounds: 100 };

export interface Place {
  readonly bases: readonly string[];
  readonly adminToken: string;
  readonly game: LoadedGame;
  /** Of every lobby, over those that are drawn. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly tally: Tally;
}

export interface PlayedOut {
  /** Null: it could not even be opened. */
  readonly gameId: string | null;
  /** What is wrong; none: nothing. */
  readonly lines: readonly string[];
}

/** `isSeeded`: its chance follows from a seed, so that it can be played again from its records. */
export async function playOut(place: Place, isSeeded: boolean): Promise<PlayedOut> {
  const { tally } = place;
  const stopped = new AbortController();
  tally.gamesBegun += 1;
  let players: readonly WirePlayer[] = [];
  try {
    players = await seated(place);
    const playing = played(players);
    // Who sees the lobby misses nothing that follows.
    await Promise.race([playing, Promise.all(players.map(({ seesLobby }) => seesLobby))]);
    playing.catch(() => undefined);
    const seed = await begun(place, players, isSeeded, stopped.signal);
    await playing;
    const evidence = await evidenceOf(place, players, seed, stopped.signal);
    tally.rounds += evidence.admin.game.round;
    return { gameId: evidence.gameId, lines: judged(place, evidence) };
  } catch (error) {
    const line = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { gameId: players[0]?.match.seat.gameId ?? null, lines: [line] };
  } finally {
    stopped.abort();
    for (const { match } of players) match.close();
    tally.gamesOver += 1;
  }
}

async function seated({ bases, game, settings: given, tally }: Place): Promise<readonly WirePlayer[]> {
  const server = minotaur(bases);
  const random = randomOf(randomBytes(32), 'bots');
  const seats = typeof given.maxPlayers === 'number' ? given.maxPlayers : seatsOf(game, random);
  const bots = game.bot === null || random.int(3) > 0 ? 0 : random.int(seats);
  const host = await server.create({ displayName: 'Host', settings: { ...settings, maxPlayers: seats, ...given } });
  const guests = Array.from({ length: seats - bots - 1 }, (_, index) =>
    server.join(host.seat.gameId.toLowerCase(), `Guest ${index + 1}`),
  );
  const matches = [host, ...(await Promise.all(guests))];
  if (bots > 0) await tally.timed(`change_settings in game ${host.seat.gameId}`, host.changeSettings({ bots }));
  return matches.map((match) => new WirePlayer(match, game, random, tally));
}

/** Whoever plays alone has nobody to end the game with: that one goes on to its last round, and is played where it is asked for. */
function seatsOf({ players: { min, max } }: LoadedGame, random: Random): number {
  const fewest = Math.min(max, Math.max(min, FEWEST_PLAYERS));
  return fewest + random.int(Math.min(max, Math.max(fewest, MOST_PLAYERS)) - fewest + 1);
}

/** The seed, if there is one. */
async function begun(
  { bases, adminToken: token, tally }: Place,
  players: readonly WirePlayer[],
  isSeeded: boolean,
  signal: AbortSignal,
): Promise<number | null> {
  const host = (players[0] as WirePlayer).match;
  const seed = isSeeded ? randomInt(2 ** 32) : null;
  if (seed !== null) {
    const requests = new Requests(hostOf(), bases);
    const path = `/v1/games/${host.seat.gameId}/settings`;
    await requests.persist({ method: 'POST', path, body: { settings: { seed } }, token, key: hostOf().key() }, signal);
  }
  for (const { match } of players) await match.ready();
  await tally.timed(`start_game in game ${host.seat.gameId}`, host.start());
  return seed;
}

/** Until all have seen the end. Rejects where nothing happens any more. */
async function played(players: readonly WirePlayer[]): Promise<void> {
  const roundOf = () => Math.max(...players.map(({ round }) => round));
  let [round, since] = [0, performance.now()];
  let standstill: NodeJS.Timeout | undefined;
  const watched = new Promise<never>((_, reject) => {
    standstill = setInterval(() => {
      if (roundOf() > round) [round, since] = [roundOf(), performance.now()];
      if (round > MOST_ROUNDS) reject(new Error(`the game goes on after ${MOST_ROUNDS} rounds`));
      if (performance.now() - since > STANDSTILL_MS) reject(new Error(`nothing happens any more in round ${round}`));
    }, LOOK_MS);
  });
  try {
    await Promise.race([watched, Promise.all(players.map((player) => player.play()))]);
  } finally {
    clearInterval(standstill);
  }
}

async function evidenceOf(
  { bases, adminToken }: Place,
  players: readonly WirePlayer[],
  seed: number | null,
  signal: AbortSignal,
): Promise<Evidence> {
  const requests = new Requests(hostOf(), bases);
  const { gameId } = (players[0] as WirePlayer).match.seat;
  const read = async ({ id, live, match }: WirePlayer): Promise<[string, Seen]> => [
    id,
    { live, ...(await readAll(requests, gameId, match.seat.token, signal)) },
  ];
  return {
    gameId,
    seed,
    players: players.map(({ id }) => id),
    given: players.flatMap(({ given }) => given),
    admin: await readAll(requests, gameId, adminToken, signal),
    seen: new Map(await Promise.all(players.map(read))),
  };
}

function judged({ game, tally }: Place, evidence: Evidence): readonly string[] {
  const again = replay(game, evidence);
  if (evidence.seed !== null) tally.seeded += 1;
  if (again.is === 'done') tally.replayed += 1;
  return [...disagreements(evidence), ...(again.is === 'done' ? again.lines : [])];
}
