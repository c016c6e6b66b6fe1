/** Whether others renew while this member cannot: asked past NATS, seldom, of a few. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Company } from '../../../../src/member/membership/company.ts';
import type { ProbeOutcome } from '../../../../src/ports/messaging.ts';
import { ManualClock } from '../../http/edge-fixture.ts';

function lab(answers: Readonly<Record<string, ProbeOutcome>>) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const messaging = {
    probe: async (address: string) => {
      asked.push(address);
      return answers[address] ?? { kind: 'silent' as const };
    },
  };
  const company = new Company({
    clock,
    incidents: { failed: (_name, error) => assert.fail(String(error)) },
    messaging: () => messaging,
    addresses: () => Object.keys(answers),
  });
  const looked = async () => {
    company.othersRenew();
    await new Promise((resolve) => setImmediate(resolve));
    return company.othersRenew();
  };
  return { clock, asked, company, looked };
}

const renewed = (renewedMsAgo: number): ProbeOutcome => ({ kind: 'answered', id: 'b', incarnation: 'i', renewedMsAgo });

test('one that renews is enough; those that are as silent, gone, or of an older version, are not', async () => {
  assert.equal(await lab({ 'b:1': renewed(9_000), 'c:1': renewed(100) }).looked(), true);
  const older: ProbeOutcome = { kind: 'answered', id: 'd', incarnation: 'i' };
  const alike = { 'b:1': renewed(9_000), 'c:1': { kind: 'refused' }, 'd:1': older, 'e:1': { kind: 'silent' } } as const;
  assert.equal(await lab(alike).looked(), false);
  assert.equal(await lab({}).looked(), false, 'alone in the world');
});

test('others are asked once a second at most, a few of them, and what they said is forgotten', async () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}:1`, renewed(10)]));
  const { clock, asked, company, looked } = lab(many);
  assert.equal(await looked(), true);
  for (let time = 0; time < 9; time += 1) {
    clock.advance(100);
    company.othersRenew();
  }
  assert.equal(asked.length, 8);
  clock.advance(100);
  company.othersRenew();
  assert.equal(asked.length, 16);
  clock.advance(5_000);
  assert.equal(company.othersRenew(), false);
});
