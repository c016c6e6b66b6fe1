/**
 * An incident: what is stored of two games cannot be read. One comes back out of a backup, the other is given up.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Incident, Stage } from './incident.ts';
import { expectDone } from './programs.ts';
import { put } from './streams.ts';

const COMES_BACK = 'BAD';
const IS_GIVEN_UP = 'WORSE';
const both = [COMES_BACK, IS_GIVEN_UP];
const path = (id: string) => `/v1/games/${id}`;
const location = z.object({ slot: z.number() });
const problem = z.object({ code: z.string() });
const FOUND_OUT_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 200;

export const gameUnreadable: Incident = {
  name: 'game-unreadable',
  what: 'what is stored of two games is overwritten with what is none',
  signs: [
    /^log record_unreadable \(error\)/,
    /^metric minotaur_incidents_total\{kind="unreadable"\} \+/,
    new RegExp(`^answer 500 internal of ${COMES_BACK}`),
    new RegExp(`^answer 500 internal of ${IS_GIVEN_UP}`),
    /^doctor incidents: something stored could not be read/,
    /^fsck: .*BAD +cannot be read/,
    /^why: .*cannot use what is stored of it/,
  ],
  runbook: ['a-game-answers-500'],
  alert: 'MinotaurUnreadable',
  harm: async (stage) => {
    for (const id of both) await stage.send('POST', `${path(id)}/continue`, { body: { game: { id } } });
    await expectDone(stage.backup('save', backupIn(stage)));
    for (const id of both) {
      const { slot } = location.parse((await stage.send('GET', `${path(id)}/location`)).body);
      await put(stage, 'sessions', `${slot}.${id}`, '{}');
      await findOut(stage, id);
    }
    await lookAtIt(stage);
  },
  mend: async (stage) => {
    const { note, tool, send } = stage;
    await expectDone(tool('import', backupIn(stage), COMES_BACK, '--replace'));
    note(`answer ${(await send('GET', path(COMES_BACK))).status} of ${COMES_BACK} after the import`);
    note(`answer ${(await send('DELETE', path(IS_GIVEN_UP))).status} to the erasure of ${IS_GIVEN_UP}`);
    const left = await tool('fsck');
    if (left.code !== 0) throw new Error(`fsck finds more: ${left.text}`);
  },
};

/** As the runbook says, before anything is mended. */
async function lookAtIt({ folder, note, tool }: Stage): Promise<void> {
  note(`stored: ${(await expectDone(tool('get', COMES_BACK, '--stored'))).trim()}`);
  await expectDone(tool('export', COMES_BACK, join(folder, 'bad.game')));
  const [, bad = 'nothing'] = /^\s*(.*BAD .*)$/m.exec((await tool('fsck')).text) ?? [];
  note(`fsck: ${bad}`);
  note(`why: ${(await tool('why', COMES_BACK)).text.split('\n').find((line) => line.includes('stored of it'))}`);
}

const backupIn = ({ folder }: Stage) => join(folder, 'before.backup');

/** The owner has it in memory, and finds out by its next write. */
async function findOut({ send, note }: Stage, id: string): Promise<void> {
  const deadline = performance.now() + FOUND_OUT_WITHIN_MS;
  while (performance.now() < deadline) {
    const { status, body } = await send('POST', `${path(id)}/rounds/1/end`, { body: {} });
    if (status === 500) return note(`answer ${status} ${problem.parse(body).code} of ${id}`);
    await pause(LOOK_EVERY_MS);
  }
}
