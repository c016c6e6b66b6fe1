/** When a game is said to be absent while its slot is being listed: what a cut has just shown is there, whatever a read says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Selected } from '../../../../src/ports/store.ts';
import { Lab } from '../lab.ts';
import { holding, hosting } from './host-lab.ts';
import { FOREVER, read, start, told } from './slot-lab.ts';

for (const between of [0, 1, 2, 3, 4]) {
  test(`a read that lags and the cut that shows the game come in one turn, ${between} microtasks apart`, async () => {
    const lab = new Lab(1);
    const first = await holding(lab, 'm1', 1, [1]);
    await lab.finish(Promise.all(['A', 'B'].map((id) => first.host.execute(1, start({}, {}, id), FOREVER))));
    first.host.stop();
    const { host, sessions } = hosting(lab, 'm2');
    const last = Promise.withResolvers<void>();
    let isLastAsked = false;
    sessions.readManyFaults = [
      async (look): Promise<Selected> => {
        const found = await look();
        assert.ok(found.kind === 'entries');
        return { kind: 'entries', entries: found.entries.filter(({ key }) => key !== '1.A') };
      },
      async (look) => {
        const found = await look();
        isLastAsked = true;
        await last.promise;
        return found;
      },
    ];
    const lagging = Promise.withResolvers<null>();
    sessions.readFaults = [() => lagging.promise];
    host.open(1, 2, null);
    const asked = host.execute(1, read('A'), FOREVER);
    await lab.until('the last cut', () => isLastAsked);
    lagging.resolve(null);
    for (let turn = 0; turn < between; turn += 1) await Promise.resolve();
    last.resolve();
    assert.equal(told(await lab.finish(asked)), '200');
  });
}
