/** Bots over the wire: what the checker sees in the records of a game, and that it sees each mistake that is planted in them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Evidence } from '../../../../src/dev/bots/evidence.ts';
import { replay } from '../../../../src/dev/bots/replay.ts';
import { disagreements } from '../../../../src/dev/bots/verdict.ts';
import { gameOf } from '../../../../src/game/module-check.ts';
import { whispers } from '../../game/worlds.ts';
import { type Changeable, copyOf, evidenceOf } from './played-evidence.ts';

const honest = evidenceOf();
type Draft = Changeable<Evidence>;

function part<Value>(value: Value): NonNullable<Value> {
  return value ?? assert.fail('the evidence is not as it was thought');
}

/** What is found once `plant` has changed the evidence. */
function found(plant: (evidence: Draft) => void): string {
  const evidence = copyOf(honest.evidence);
  plant(evidence);
  return disagreements(evidence as Evidence).join('\n');
}

test('an honest game has nothing in it', () => {
  assert.deepEqual(disagreements(honest.evidence), []);
  assert.ok(honest.evidence.given.some(({ retracted }) => retracted));
  const taken = honest.evidence.admin.records.flatMap(({ actions }) => actions);
  assert.ok(
    taken.some(({ playerId }) => playerId === 'bot1'),
    'what the server played counts as acknowledged by nobody',
  );
});

describe('planted in what was done:', () => {
  test('an acknowledged action that is lost', () => {
    const lost = found(({ admin, seen }) => {
      for (const { records } of [admin, part(seen.get('ann'))]) {
        const { actions } = part(records[0]);
        actions.splice(
          actions.findIndex(({ playerId }) => playerId === 'ann'),
          1,
        );
      }
    });
    assert.match(lost, /^whisper of ann \(a\d+\) of round 1 was acknowledged, and is in no record$/);
  });

  test('one that is carried out twice, in one round or in two', () => {
    for (const into of [0, 1]) {
      const doubled = found(({ admin, seen }) => {
        for (const { records } of [admin, part(seen.get('bob'))]) {
          const action = part(part(records[0]).actions.find(({ playerId }) => playerId === 'bob'));
          part(records[into]).actions.push(action);
        }
      });
      assert.match(doubled, /^whisper of bob \(a\d+\) of round 1 was carried out 2 times$/);
    }
  });

  test('one that was taken back', () => {
    const undead = found(({ given }) => {
      part(given.find(({ retracted }) => !retracted)).retracted = true;
    });
    assert.match(undead, /^whisper of ann \(a\d+\) of round 1 was taken back, and carried out in round 1$/);
  });

  test('one that nobody was told of', () => {
    const unknown = found(({ given }) => {
      given.pop();
    });
    assert.match(unknown, /^whisper of cid \(a\d+\) was carried out, and never acknowledged$/);
  });

  test('one that became another, or came before its time', () => {
    const other = found(({ admin, seen }) => {
      for (const { records } of [admin, part(seen.get('cid'))]) {
        const action = part(part(records[0]).actions.find(({ playerId }) => playerId === 'cid'));
        (action as { word?: string }).word = 'no';
      }
    });
    assert.match(other, /^whisper of cid .* was sent as .*"word":"cid1".*, and carried out as .*"word":"no"/);
    const early = found(({ given }) => {
      part(given[0]).round = 2;
    });
    assert.match(early, /^whisper of ann .* of round 2 was carried out in round 1, before it was sent$/);
  });

  test('one that another player is shown', () => {
    const shown = found(({ admin, seen }) => {
      const of = part(part(admin.records[0]).actions.find(({ playerId }) => playerId === 'ann'));
      part(part(seen.get('bob')).records[0]).actions.push(of);
    });
    assert.match(shown, /^bob: the record of round 1 shows .*; its own are /);
  });
});

describe('planted in what was told:', () => {
  test('a gap in a record, and records that do not meet', () => {
    const gap = found(({ seen }) => {
      part(part(seen.get('ann')).records[1]).events.splice(1, 1);
    });
    assert.match(gap, /^ann: the record of round 2 has events .*, and says \d+ to \d+$/m);
    const apart = found(({ admin }) => {
      part(admin.records[1]).from += 1;
    });
    assert.match(apart, /^the administrator: the record of round 2 begins with event \d+, after \d+$/m);
  });

  test('a record that there is not', () => {
    const missing = found(({ seen }) => {
      part(seen.get('cid')).records.splice(1, 1);
    });
    assert.match(missing, /^cid: there are records of rounds 1,3/m);
  });

  test('an event that came over no connection, came twice, or came changed', () => {
    const lost = found(({ seen }) => {
      part(seen.get('bob')).live.splice(2, 1);
    });
    assert.match(lost, /^bob: what came over the connection has .*"seq":4.* where the records have .*"seq":3/);
    const cut = found(({ seen }) => {
      part(seen.get('bob')).live.pop();
    });
    assert.match(cut, /^bob: what came over the connection has undefined where the records have .*game_concluded/);
    const twice = found(({ seen }) => {
      const { live } = part(seen.get('bob'));
      live.push(part(live.at(-1)));
    });
    assert.match(twice, /^bob: what came over the connection goes on with /);
  });

  test('an event that the list of all has not', () => {
    const lost = found(({ admin }) => {
      admin.events.splice(4, 1);
    });
    assert.match(lost, /^the administrator: the list of events has /);
  });

  test('an event of nobody’s', () => {
    const made = found(({ seen }) => {
      const its = part(seen.get('ann'));
      for (const list of [its.live, its.events, its.records.flatMap(({ events }) => events)]) {
        const event = part(list.find(({ type }) => type === 'whispered'));
        (event as { word?: unknown }).word = 'never said';
      }
    });
    assert.match(made, /^ann: the record of round 1 has .*never said.*, which is no event of the game$/);
  });
});

describe('planted in the end:', () => {
  test('a game that goes on, or that was given up', () => {
    const goesOn = found(({ admin }) => {
      admin.game.status = 'active';
    });
    assert.match(goesOn, /^the administrator: the game is active, not concluded$/);
    const abandoned = found(({ seen }) => {
      part(part(seen.get('ann')).records[0]).reason = 'abandoned';
    });
    assert.match(abandoned, /^ann: round 1 was abandoned$/);
  });

  test('another winner: for one, in the record alone, or one who did not play', () => {
    const forOne = found(({ seen }) => {
      part(part(seen.get('ann')).game.outcome).winners = ['bob'];
    });
    assert.match(forOne, /^ann: outcome is .*, for the administrator /);
    const inRecord = found(({ admin }) => {
      part(admin.records.at(-1)?.outcome).winners = ['bob'];
    });
    assert.match(inRecord, /^the administrator: the last record says .*bob.*, the game /);
    const stranger = found(({ admin, seen }) => {
      for (const { game, records } of [admin, ...seen.values()]) {
        part(game.outcome).winners = ['eve'];
        part(records.at(-1)?.outcome).winners = ['eve'];
      }
    });
    assert.match(stranger, /^eve has won, who did not play$/);
  });

  test('rounds after the end', () => {
    const after = found(({ admin }) => {
      part(admin.records[0]).outcome = { winners: [] };
    });
    assert.match(after, /^the administrator: the game was over with round 1, and went on$/);
  });

  test('versions that differ', () => {
    const differs = found(({ seen }) => {
      part(seen.get('ann')).game.version -= 1;
    });
    assert.match(differs, /^ann: version is \d+, for the administrator \d+$/);
  });
});

describe('played again from its records', () => {
  const game = honest.game.module;
  const again = (plant: (evidence: Draft) => void = () => undefined) => {
    const evidence = copyOf(honest.evidence);
    plant(evidence);
    const replayed = replay(game, evidence as Evidence);
    assert.ok(replayed.is === 'done');
    return replayed.lines.join('\n');
  };

  test('an honest game leads to where it ended', () => {
    assert.equal(again(), '');
  });

  test('a winner who has not won, though all agree, is seen', () => {
    const wrong = again(({ admin, seen }) => {
      for (const { game: its, records } of [admin, ...seen.values()]) {
        part(its.outcome).winners = ['bob'];
        part(records.at(-1)?.outcome).winners = ['bob'];
      }
    });
    assert.match(wrong, /^round \d+: the record has the outcome .*"winners":\["bob"\].*; played again they are /);
  });

  test('an action in another place, of the server’s bot, or with other consequences, is seen', () => {
    const order = again(({ admin }) => {
      part(admin.records[1]).actions.reverse();
    });
    assert.match(order, /^round 2: the record has the actions /);
    const ofBot = again(({ admin }) => {
      const { actions } = part(admin.records[0]);
      (part(actions.find(({ playerId }) => playerId === 'bot1')) as { word?: string }).word = 'boop';
    });
    assert.match(ofBot, /^round 1: the record has the actions .*/);
    const consequence = again(({ admin }) => {
      (part(part(admin.records[0]).events.find(({ type }) => type === 'noise')) as { words?: number }).words = 99;
    });
    assert.match(consequence, /^round 1: the record has the events /);
  });

  test('another world at the end is seen, whoever sees it', () => {
    const ofOne = again(({ seen }) => {
      part(seen.get('cid')).game.world = { yours: 77 };
    });
    assert.equal(ofOne, 'cid sees another world at the end');
    const ofAll = again(({ admin }) => {
      admin.game.world = { yours: 1 };
    });
    assert.equal(ofAll, 'the administrator sees another world at the end');
  });

  test('a module that fails on what is recorded is said', () => {
    const resolve = () => {
      throw new Error('no');
    };
    const broken = replay(gameOf({ ...whispers, resolve }), honest.evidence);
    assert.ok(broken.is === 'done');
    assert.match(broken.lines.join(), /^the module fails on the records: resolve: /);
  });

  test('is not possible where chance was drawn, or where the module asks for what no record holds', () => {
    const drawn = evidenceOf({}, false);
    assert.deepEqual(disagreements(drawn.evidence), []);
    assert.deepEqual(replay(drawn.game.module, drawn.evidence), { is: 'impossible', why: 'its chance was drawn' });
    const resolve: typeof whispers.resolve = (world, actions, at) => {
      world.luck = at.done.length;
      return whispers.resolve(world, actions, at);
    };
    const asking = evidenceOf({ resolve });
    assert.deepEqual(replay(asking.game.module, asking.evidence), {
      is: 'impossible',
      why: 'the module asks who is done',
    });
  });
});
