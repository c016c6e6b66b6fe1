/**
 * Program: many keys of a NATS bucket, each written over and over by compare-and-set with the plain client. Result:
 * `{perSecond}`. The bare thing of `actions`.
 */
import { connect } from 'nats';

interface Input {
  readonly natsUrl: string;
  readonly keys: number;
  readonly valueBytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const { natsUrl, keys, valueBytes, warmUpMs, measureMs } = JSON.parse(process.argv[2] ?? '') as Input;
const connection = await connect({ servers: natsUrl });
const jetstream = connection.jetstream();
const bucket = `bare-${process.pid}`;
await jetstream.views.kv(bucket, { history: 1 });
const value = Buffer.alloc(valueBytes, 'x');
let written = 0;

async function writeOverAndOver(key: number): Promise<never> {
  for (let lastSubjectSequence = 0; ; written += 1) {
    const subject = `$KV.${bucket}.key-${key}`;
    lastSubjectSequence = (await jetstream.publish(subject, value, { expect: { lastSubjectSequence } })).seq;
  }
}

for (let key = 0; key < keys; key += 1) void writeOverAndOver(key);
setTimeout(() => {
  const startedAt = performance.now();
  const before = written;
  setTimeout(() => {
    const perSecond = ((written - before) / (performance.now() - startedAt)) * 1_000;
    process.stdout.write(`${JSON.stringify({ perSecond })}\n`, () => process.exit());
  }, measureMs);
}, warmUpMs);
