/** A field for a name takes what the server takes, and stops where it does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readName } from '../../../src/game/names.ts';
import { mostCharacters, shortened } from '../../../src/web/kit/names.ts';

test('the longest name of a field is the longest that the server takes, as people count', () => {
  for (const character of ['a', 'é', '한', '😀', '🇩🇪']) {
    const longest = shortened(character.repeat(40));
    assert.equal(longest, character.repeat(mostCharacters));
    assert.deepEqual(readName(longest), { name: longest });
    assert.ok('complaint' in readName(longest + character), `one ${character} more is refused`);
  }
  assert.equal(shortened('Ada'), 'Ada');
});
