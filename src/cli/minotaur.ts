#!/usr/bin/env node
/**
 * `minotaur`: the operator's tool, `npm run minotaur -- …`.
 *
 * Role: the process around run.ts: arguments, environment, output, Ctrl-C, exit code.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { run } from './run.ts';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
// Whoever reads the output may have had enough of it.
process.stdout.on('error', () => process.exit());

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  wall: Date.now,
  pause: (ms, ended) => pause(ms, undefined, ended && { signal: ended }).catch(() => undefined),
  stopped: stopping.signal,
});
