/**
 * Preloaded into a member (`node --import`): its wall clock is off by as many ms as a file says, from one moment to the next.
 *
 * Role: what a step of NTP, an administrator or a waking virtual machine does to one process; the monotonic clock goes on.
 */
import { readFileSync } from 'node:fs';

const file = process.env.JUMPING_CLOCK_FILE ?? '';
const now = Date.now.bind(Date);

Date.now = () => now() + Number(readFileSync(file, 'utf8'));
