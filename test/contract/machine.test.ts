/**
 * The clock and random contracts over the real machine and over their twins.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock, systemRandom } from '../../src/adapters/system.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { clockContract } from './clock.ts';
import { randomContract } from './random.ts';

clockContract('the machine', () => ({ clock: systemClock, pass: (ms) => pause(ms + 20) as Promise<void> }));

clockContract('moved by hand', () => {
  const clock = new ManualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});

randomContract('the machine', () => systemRandom);
