/**
 * The thread in which a game is loaded and checked: whoever started it may end it.
 *
 * Invariant: it posts one message: what it found.
 */
import { registerHooks } from 'node:module';
import type { LoadedGame } from '../../game/loaded-game.ts';
import { gameOf, ModuleError } from '../../game/module-check.ts';
import { resolveInterface } from '../../game-interface.ts';
import { work } from '../contained/thread.ts';
import { type Campaign, type CampaignOptions, planOf, runCampaign } from './campaign.ts';
import type { Played } from './check.ts';
import { type Finding, Problem } from './problems.ts';
import { refuseTakeovers } from './takeovers.ts';
import { layTraps } from './traps.ts';
import { Progress, Watch, watched } from './watched-game.ts';

export interface Job extends CampaignOptions {
  /** Address of the game's file. */
  readonly url: string;
  /** Whether the games are also played by members that die. */
  readonly withTakeovers: boolean;
}

export type Result =
  | { readonly campaign: Campaign; readonly played: Played }
  | { readonly refused: readonly Finding[] };

const copyParameter = 'copy';
const mostTakenOver = 6;
// A game finds the interface wherever its file is.
resolveInterface();
copyWhatCopiesImport();
layTraps();
await work(check);

async function check(job: Job, cells: Int32Array): Promise<Result> {
  const progress = new Progress(cells);
  try {
    progress.enter('load');
    const { default: exported } = await import(job.url);
    progress.leave();
    const watch = new Watch(progress);
    const game = gameOf(exported);
    const { name, version } = game;
    const campaign = runCampaign(watched(game, watch), watch, job);
    const taken = job.withTakeovers && campaign.findings.length === 0 ? await takenOver(job, watch) : null;
    const findings = taken === null ? campaign.findings : [taken];
    return { campaign: { ...campaign, findings }, played: { name, version } };
  } catch (error) {
    return { refused: refusals(error) };
  }
}

/** By three members, each with a copy of the game of its own: whoever tries, whoever writes, and one who has seen neither. */
async function takenOver(job: Job, watch: Watch): Promise<Finding | null> {
  const copies = await Promise.all(
    ['1', '2', '3'].map(async (copy) => {
      const { default: exported } = await import(`${job.url}?${copyParameter}=${copy}`);
      return watched(gameOf(exported), watch);
    }),
  );
  const plans = job.seeds.slice(0, mostTakenOver).map((seed) => planOf(copies[0] as LoadedGame, seed, job.mostRounds));
  return refuseTakeovers(copies, plans);
}

/** A copy of a file imports copies of its files. */
function copyWhatCopiesImport(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const [, copy] = new RegExp(`[?]${copyParameter}=(\\d)$`).exec(context.parentURL ?? '') ?? [];
      const isOfGame = /^[.]{0,2}[/]/.test(specifier) || specifier.startsWith('file:');
      return copy === undefined || !isOfGame
        ? resolved
        : { ...resolved, url: `${resolved.url}?${copyParameter}=${copy}` };
    },
  });
}

function refusals(error: unknown): readonly Finding[] {
  const said = error instanceof ModuleError ? error.problems : [`file: cannot be loaded: ${String(error)}`];
  return said.map((line) => {
    const [, member = 'file', problem = line] = /^([^:]+): ([\s\S]*)$/.exec(line) ?? [];
    return new Problem(member, 'load', problem).finding(null);
  });
}
