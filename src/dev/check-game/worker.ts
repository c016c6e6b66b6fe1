/**
 * The thread in which a game is loaded and checked: whoever started it may end it.
 *
 * Invariant: it posts one message: what it found.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { gameOf, ModuleError } from '../../game/module-check.ts';
import { resolveInterface } from '../../game-interface.ts';
import { type Campaign, type CampaignOptions, runCampaign } from './campaign.ts';
import type { Played } from './check.ts';
import { type Finding, Problem } from './problems.ts';
import { layTraps } from './traps.ts';
import { Progress, Watch, watched } from './watched-game.ts';

export interface Job extends CampaignOptions {
  /** Address of the game's file. */
  readonly url: string;
  readonly shared: SharedArrayBuffer;
}

export type Result =
  | { readonly campaign: Campaign; readonly played: Played }
  | { readonly refused: readonly Finding[] };

const job = workerData as Job;
const progress = new Progress(job.shared);
// A game finds the interface wherever its file is.
resolveInterface();
layTraps();
parentPort?.postMessage(await check());

async function check(): Promise<Result> {
  try {
    progress.enter('load');
    const { default: exported } = await import(job.url);
    progress.leave();
    const watch = new Watch(progress);
    const game = gameOf(exported);
    const { name, version } = game;
    return { campaign: runCampaign(watched(game, watch), watch, job), played: { name, version } };
  } catch (error) {
    return { refused: refusals(error) };
  }
}

function refusals(error: unknown): readonly Finding[] {
  const said = error instanceof ModuleError ? error.problems : [`file: cannot be loaded: ${String(error)}`];
  return said.map((line) => {
    const [, member = 'file', problem = line] = /^([^:]+): ([\s\S]*)$/.exec(line) ?? [];
    return new Problem(member, 'load', problem).finding(null);
  });
}
