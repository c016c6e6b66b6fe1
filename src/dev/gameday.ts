/**
 * `npm run gameday`: bots play, one thing after another breaks, and what an operator saw stands beside what players felt.
 *
 * Role: two acts, each on a cluster of its own. In the first one bots play; what would destroy their games, or hold them up, is done in the
 * second one, to probe games alone.
 */
import { defaultGame } from '../games.ts';
import { type ClusterOfBots, startCluster } from './bots/own-cluster.ts';
import { Alarms } from './gameday/alarms.ts';
import { playOn } from './gameday/bots-playing.ts';
import type { Incident } from './gameday/incident.ts';
import { afterwards, whileBotsPlay } from './gameday/incidents.ts';
import { type GamedayOptions, parseGamedayOptions, usage } from './gameday/options.ts';
import { Receiver } from './gameday/receiver.ts';
import { reportOf } from './gameday/report.ts';
import { runIncident } from './gameday/run-incident.ts';
import { sceneOn } from './gameday/scene.ts';
import { locatePrometheus } from './prometheus-programs.ts';
import { INTERRUPTED, interruption, runScript, wordsOf } from './script.ts';

const MEMBERS = 3;
/** What stands still is told soon, and a few slots move at once. */
const ofSecondAct = { MINOTAUR_SLOTS: '16', MINOTAUR_STUCK_MS: '3000' };

const print = (line: string) => process.stdout.write(`${line}\n`);

/** Those that run: the signal that interrupts a gameday ends them. */
const running = new Set<ClusterOfBots>();

process.exitCode = await runScript({ name: 'gameday', usage, parse: parseGamedayOptions, run });

async function run({ chosen, withAlerts }: GamedayOptions): Promise<number> {
  if (withAlerts) await requirePrometheus();
  void interruption()
    .then(() => Promise.all([...running].map((cluster) => cluster.stop(false))))
    .finally(() => process.exit(INTERRUPTED));
  const receiver = await Receiver.open();
  try {
    const first = chosen.filter((incident) => whileBotsPlay.includes(incident));
    const second = chosen.filter((incident) => afterwards.includes(incident));
    const isFirstWell = first.length === 0 || (await playFirst(first, receiver, withAlerts));
    const isSecondWell = second.length === 0 || (await playSecond(second, receiver, withAlerts));
    const isWell = isFirstWell && isSecondWell;
    if (isWell) print('All games ended, their records agree, and each incident was seen.');
    return isWell ? 0 : 1;
  } finally {
    receiver.close();
  }
}

/** Rejects with what to do. */
async function requirePrometheus(): Promise<void> {
  try {
    await locatePrometheus('prometheus');
  } catch (error) {
    throw new Error(`there is no Prometheus to evaluate alerts (--without-alerts goes on without): ${wordsOf(error)}`);
  }
}

function playFirst(chosen: readonly Incident[], receiver: Receiver, withAlerts: boolean): Promise<boolean> {
  return onCluster(receiver.settings, async (cluster) => {
    const bots = await playOn(cluster);
    const isWell = await playAll(chosen, cluster, receiver, { asksDoctor: false, withAlerts });
    const wrong = await bots.end();
    for (const line of ['', ...bots.tally.summary(defaultGame, performance.now() - bots.begunAt), ...wrong])
      print(line);
    return isWell && wrong.length === 0;
  });
}

function playSecond(chosen: readonly Incident[], receiver: Receiver, withAlerts: boolean): Promise<boolean> {
  return onCluster(ofSecondAct, (cluster) => playAll(chosen, cluster, receiver, { asksDoctor: true, withAlerts }));
}

/** Whether all was well; if not, its logs stay. */
async function onCluster(
  settings: Readonly<Record<string, string>>,
  play: (cluster: ClusterOfBots) => Promise<boolean>,
): Promise<boolean> {
  const cluster = await startCluster({ members: MEMBERS, game: defaultGame, settings, print });
  running.add(cluster);
  print(`${MEMBERS} members; logs in ${cluster.folder}`);
  const isWell = await play(cluster);
  if (!isWell) print(`Something is wrong; the logs are in ${cluster.folder}`);
  running.delete(cluster);
  await cluster.stop(!isWell);
  return isWell;
}

/** Whether each was seen, and is over, alerts included. */
async function playAll(
  chosen: readonly Incident[],
  cluster: ClusterOfBots,
  receiver: Receiver,
  { asksDoctor, withAlerts }: { readonly asksDoctor: boolean; readonly withAlerts: boolean },
): Promise<boolean> {
  let isWell = true;
  const alarms = withAlerts ? await Alarms.begin(cluster) : null;
  try {
    const scene = await sceneOn(cluster, receiver, { asksDoctor, alarms });
    for (const incident of chosen) {
      const outcome = await runIncident(incident, scene);
      for (const line of ['', ...reportOf(outcome)]) print(line);
      isWell &&= outcome.problems.length === 0;
    }
    const firing = (await alarms?.stillFiring('any')) ?? [];
    if (firing.length > 0) print(`WRONG: all is mended, and still fires ${firing.join(', ')}`);
    return isWell && firing.length === 0;
  } catch (error) {
    print(`The rest was not tried: ${wordsOf(error)}`);
    return false;
  } finally {
    await alarms?.stop();
  }
}
