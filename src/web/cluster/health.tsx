/**
 * How NATS is, and which versions run, as the member knows it that answers.
 */
import { counted, isLate } from './news.ts';
import type { NatsHealth, Report } from './report.ts';

export function Health({ report }: { readonly report: Report }) {
  const { nats, self, members } = report;
  const versions = new Map<string, number>();
  for (const { version } of members) versions.set(version, (versions.get(version) ?? 0) + 1);
  return (
    <section class="card" aria-labelledby="health">
      <h2 id="health">Health</h2>
      <dl class="facts">
        <dt>NATS</dt>
        <dd>{nats === null ? `${self} does not tell` : <Nats nats={nats} />}</dd>
        <dt>Versions</dt>
        <dd>
          {versions.size > 1 && <strong class="warn">mixed: </strong>}
          {[...versions].map(([version, count]) => `${version} on ${counted(count, 'member')}`).join(', ')}
        </dd>
        <dt>Seen by</dt>
        <dd>{self}</dd>
      </dl>
    </section>
  );
}

function Nats({ nats }: { readonly nats: NatsHealth }) {
  const broken = Object.entries(nats.buckets).filter(([, works]) => !works);
  if (broken.length > 0) return <strong class="bad">cannot use {broken.map(([name]) => name).join(', ')}</strong>;
  if (nats.renewedMsAgo === null) return <strong class="bad">not heard yet</strong>;
  if (isLate(nats)) return <strong class="bad">silent for {(nats.renewedMsAgo / 1000).toFixed(0)} s</strong>;
  return (
    <>
      <strong class="good">well</strong>, last heard {nats.renewedMsAgo} ms ago
    </>
  );
}
