/**
 * An incident: a member's memory grows, and there is a reason for it: games.
 */
import { join } from 'node:path';
import type { Incident, Stage } from './incident.ts';
import { expectDone } from './programs.ts';
import { last, replace } from './rolling.ts';

const GAMES = 600;
const AT_ONCE = 16;
/** At the member that is looked at: a third of them, less what the ring gives to others. */
const MANY = 100;

export const memoryGrows: Incident = {
  name: 'memory-grows',
  what: `${GAMES} more games are opened: the numbers tell whether that is the reason`,
  signs: [/^metrics m\d+, before: /, /^metrics m\d+, with many more games: /],
  runbook: ['its-memory-grows', 'one-member'],
  alert: null,
  harm: async (stage) => {
    const before = await numbers(stage);
    stage.note(`metrics ${last(stage).id}, before: ${before.text}`);
    await openGames(stage);
    const after = await numbers(stage);
    const isReason = after.games - before.games >= MANY;
    stage.note(`metrics ${last(stage).id}, with ${isReason ? 'many more' : 'as many'} games: ${after.text}`);
  },
  mend: async (stage) => {
    await expectDone(stage.tool('bundle', join(stage.folder, 'report.tar.gz')));
    await replace(last(stage));
    stage.note(`metrics ${last(stage).id}, after its restart: ${(await numbers(stage)).text}`);
  },
};

async function openGames({ send }: Stage): Promise<void> {
  let begun = 0;
  const lane = async () => {
    while (begun < GAMES) {
      begun += 1;
      const id = `MANY${begun}`;
      await send('POST', `/v1/games/${id}/continue`, { body: { game: { id, status: 'lobby' } } });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Those that the runbook asks for. */
async function numbers(stage: Stage): Promise<{ readonly games: number; readonly text: string }> {
  const text = await (await fetch(`${last(stage).url}/metrics`)).text();
  const shown = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  const megabytes = (name: string) => `${Math.round(shown(name) / 1e6)} MB`;
  const games = shown('minotaur_sessions');
  const [heap, resident] = [megabytes('nodejs_heap_size_used_bytes'), megabytes('process_resident_memory_bytes')];
  return { games, text: `${games} games, heap ${heap}, resident ${resident}` };
}
