/**
 * The contract of the random port, R1 and R2, over any implementation.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Random } from '../../src/ports/random.ts';

export function randomContract(name: string, make: () => Random): void {
  describe(`random: ${name}`, () => {
    it('R1 fraction is in [0, 1) and uses the whole of it', () => {
      const random = make();
      const fractions = Array.from({ length: 10_000 }, () => random.fraction());
      assert.ok(fractions.every((fraction) => fraction >= 0 && fraction < 1));
      assert.ok(Math.min(...fractions) < 0.01 && Math.max(...fractions) > 0.99);
    });

    it('R2 token has the length asked for, and every character of the alphabet about as often as any other', () => {
      const random = make();
      const counts = new Map<string, number>();
      for (const length of [0, 1, 16, 200_000]) {
        const token = random.token(length);
        assert.equal(token.length, length);
        assert.match(token, /^[A-Za-z0-9]*$/);
        for (const character of token) counts.set(character, (counts.get(character) ?? 0) + 1);
      }
      // 3,226 of each are expected; 300 more or less are five standard deviations.
      assert.equal(counts.size, 62);
      for (const count of counts.values()) assert.ok(Math.abs(count - 3_226) < 300, `${count}`);
    });

    it('R2 tokens of 16 characters do not repeat', () => {
      const random = make();
      assert.equal(new Set(Array.from({ length: 20_000 }, () => random.token(16))).size, 20_000);
    });
  });
}
