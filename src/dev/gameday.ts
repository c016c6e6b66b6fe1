/**
 * `npm run gameday`: bots play, one thing after another breaks, and what an operator saw stands beside what players felt.
 *
 * Role: the cluster of `npm run bots`, its bots, and incidents.ts.
 */
import { defaultGame, loadGame } from '../games.ts';
import { playOut } from './bots/one-game.ts';
import { type ClusterOfBots, startCluster } from './bots/own-cluster.ts';
import { Tally } from './bots/tally.ts';
import type { Incident, Stage } from './gameday/incident.ts';
import { parseGamedayOptions, usage } from './gameday/options.ts';
import { Probes } from './gameday/probes.ts';
import { Receiver } from './gameday/receiver.ts';
import { reportOf } from './gameday/report.ts';
import { type Outcome, runIncident } from './gameday/run-incident.ts';
import { INTERRUPTED, interruption, runScript, wordsOf } from './script.ts';

const MEMBERS = 3;
/** Games that are played all the time. */
const AT_ONCE = 4;
/** A crawl that is over soon. */
const settings = { table: { lastRound: 12 } };

const print = (line: string) => process.stdout.write(`${line}\n`);

process.exitCode = await runScript({ name: 'gameday', usage, parse: parseGamedayOptions, run });

async function run(chosen: readonly Incident[]): Promise<number> {
  const receiver = await Receiver.open();
  const cluster = await startCluster({ members: MEMBERS, game: defaultGame, settings: receiver.settings, print });
  void interruption()
    .then(() => cluster.stop(false))
    .finally(() => process.exit(INTERRUPTED));
  print(`${MEMBERS} members; logs in ${cluster.folder}`);
  const bots = await playOn(cluster);
  const scene = {
    stage: stageOn(cluster, receiver),
    probes: await Probes.make(cluster.bases, cluster.adminToken),
    adminToken: cluster.adminToken,
  };
  const outcomes: Outcome[] = [];
  let failure: string | null = null;
  try {
    for (const incident of chosen) {
      const outcome = await runIncident(incident, scene);
      outcomes.push(outcome);
      for (const line of ['', ...reportOf(outcome)]) print(line);
    }
  } catch (error) {
    failure = wordsOf(error);
    print(`The rest was not tried: ${failure}`);
  }
  const wrong = await bots.end();
  for (const line of ['', ...bots.tally.summary(defaultGame, performance.now() - bots.begunAt), ...wrong]) print(line);
  const isUnseen = outcomes.some(({ problems }) => problems.length > 0);
  const isWell = failure === null && wrong.length === 0 && !isUnseen;
  if (isWell) print('All games ended, their records agree, and each incident was seen.');
  else print(`Something is wrong; the logs are in ${cluster.folder}`);
  await cluster.stop(!isWell);
  receiver.close();
  return isWell ? 0 : 1;
}

interface Bots {
  readonly tally: Tally;
  readonly begunAt: number;
  /** Begins no more games; resolves, when all are over, with what is wrong. */
  end(): Promise<readonly string[]>;
}

async function playOn({ bases, adminToken }: ClusterOfBots): Promise<Bots> {
  const tally = new Tally();
  const place = { bases, adminToken, game: await loadGame(defaultGame), settings, tally };
  const wrong: string[] = [];
  let isOver = false;
  const lane = async () => {
    for (let games = 1; !isOver; games += 1) {
      const { gameId, lines } = await playOut(place, games % 2 === 1);
      wrong.push(...lines.map((line) => `game ${gameId ?? 'that could not be opened'}: ${line}`));
    }
  };
  const lanes = Promise.all(Array.from({ length: AT_ONCE }, lane));
  return {
    tally,
    begunAt: performance.now(),
    end: async () => {
      isOver = true;
      await lanes;
      return wrong;
    },
  };
}

function stageOn(cluster: ClusterOfBots, receiver: Receiver): Omit<Stage, 'note'> {
  const { bases, adminToken } = cluster;
  const send: Stage['send'] = async (method, path, { body, token = adminToken, at = bases[0] ?? '' } = {}) => {
    const answer = await fetch(`${at}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  };
  return { ...cluster, receiver, send };
}
