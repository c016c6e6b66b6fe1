/**
 * What is wrong with the streams that hold everything: pure.
 */
import { broken, type Finding, ok, unknown, warning } from '../finding.ts';
import type { StreamLook } from '../nats.ts';
import { counted, duration, inWords } from '../table.ts';

type There = StreamLook & { readonly is: 'there' };

/** Further than this and tokens expire noticeably late or early. */
const CLOCK_MS = 500;
/** Of a limit: there is time to act before it is reached. */
const FULL = 0.6;
const NEARLY_FULL = 0.9;
const runbookOfRoom = 'docs/runbook.md#disks-are-full';
/** What a follower may be behind while games are played. */
const LAG = 1_000;

/** `configured`: replicas, by the settings here; null: not set. */
export function streamFindings(streams: readonly StreamLook[], configured: number | null): readonly Finding[] {
  const there = streams.filter((stream) => stream.is === 'there');
  return [
    presence(streams),
    ...(there.length === 0
      ? []
      : [settings(there), room(there), leaders(there), followers(there), copies(there, configured), clock(there)]),
  ];
}

function presence(streams: readonly StreamLook[]): Finding {
  const check = 'streams';
  const missing = streams.filter(({ is }) => is === 'missing').map(({ bucket }) => bucket);
  const silent = streams.flatMap((stream) => (stream.is === 'noAnswer' ? [`${stream.bucket} (${stream.reason})`] : []));
  if (missing.length === streams.length) {
    const sentence =
      'none of the four streams is there: no member ever ran with this MINOTAUR_NAMESPACE, or all were deleted';
    return broken(check, sentence, 'docs/runbook.md#a-stream-is-gone');
  }
  if (missing.length > 0) {
    return broken(
      check,
      `the stream of ${inWords(missing)} is gone, and what was in it: start no member before you have read what to do`,
      'docs/runbook.md#a-stream-is-gone',
    );
  }
  if (silent.length > 0) {
    return broken(check, `no word of the stream of ${inWords(silent)}`, 'docs/runbook.md#nats-has-no-quorum');
  }
  const all = streams.flatMap((stream) => (stream.is === 'there' ? [`${stream.bucket} ${stream.entries}`] : []));
  return ok(check, `all four are there; entries: ${all.join(', ')}`);
}

function settings(there: readonly There[]): Finding {
  const wrong = there.flatMap(({ bucket, unsuitable }) => (unsuitable === null ? [] : [`${bucket}: ${unsuitable}`]));
  if (wrong.length === 0) return ok('settings', 'each stream is made as members make it');
  const sentence = `a stream is not as members need it, so that none will start (exit code 78): ${inWords(wrong)}: change it back (nats stream edit)`;
  return broken('settings', sentence, 'docs/runbook.md#exit-code-78-in-a-loop');
}

function room(there: readonly There[]): Finding {
  const check = 'room';
  const used = there.flatMap(({ bucket, limits }) => limits.map((limit) => ({ bucket, ...limit })));
  const full = used.filter(({ used, most }) => used > FULL * most);
  const all = full.map(
    ({ bucket, setting, used, most }) => `the stream of ${bucket} has used ${used} of its ${most} (${setting})`,
  );
  if (all.length === 0) return ok(check, 'no stream is near a limit of its own');
  const sentence = `${inWords(all)}: a full stream takes only what is shorter than before, and members set no such limit: raise it, or take it away`;
  const isFull = full.some(({ used, most }) => used > NEARLY_FULL * most);
  return isFull ? broken(check, sentence, runbookOfRoom) : warning(check, sentence, runbookOfRoom);
}

function leaders(there: readonly There[]): Finding {
  const without = there.filter(({ isClustered, leader }) => isClustered && leader === null).map(({ bucket }) => bucket);
  if (without.length > 0) {
    const sentence = `the stream of ${inWords(without)} has no leader: nothing is written`;
    return broken('quorum', sentence, 'docs/runbook.md#nats-has-no-quorum');
  }
  const names = [...new Set(there.flatMap(({ leader }) => leader ?? []))];
  return ok('quorum', names.length === 0 ? 'one server, no cluster' : `every stream has a leader (${inWords(names)})`);
}

function followers(there: readonly There[]): Finding {
  const check = 'replicas';
  const offline = namesOf(there, ({ offline }) => offline);
  if (offline.length > 0) {
    return broken(
      check,
      `offline: ${inWords(offline)}: one more and nothing is written`,
      'docs/runbook.md#nats-has-no-quorum',
    );
  }
  const behind = namesOf(there, ({ current, lag }) => !current || lag > LAG);
  if (behind.length > 0) {
    const sentence = `not current: ${inWords(behind)}: do not stop another NATS server now`;
    return warning(check, sentence, 'docs/operations.md#nats');
  }
  const count = there.reduce((sum, stream) => sum + stream.followers.length, 0);
  return ok(check, count === 0 ? 'no followers' : `${counted(count, 'follower')}, all current`);
}

function namesOf(there: readonly There[], holds: (replica: There['followers'][number]) => boolean): readonly string[] {
  const found = there.flatMap(({ bucket, followers: all }) =>
    all.filter(holds).map(({ name, lag }) => `${name} for ${bucket}${lag > 0 ? `, ${lag} behind` : ''}`),
  );
  return [...new Set(found)];
}

function copies(there: readonly There[], configured: number | null): Finding {
  const check = 'copies';
  const runbook = 'docs/operations.md#nats';
  const counts = [...new Set(there.map(({ replicas }) => replicas))];
  const spelled = there.map(({ bucket, replicas }) => `${bucket} ${replicas}`).join(', ');
  if (counts.length > 1) return warning(check, `the streams have different numbers of copies: ${spelled}`, runbook);
  const [count = 0] = counts;
  if (configured !== null && configured !== count) {
    return warning(check, `${count} of each stream, but MINOTAUR_KV_REPLICAS says ${configured}`, runbook);
  }
  const isClustered = there.some((stream) => stream.isClustered);
  if (count === 1 && isClustered) {
    const sentence = 'one copy of each stream, though NATS is a cluster: losing that server loses every game';
    return warning(check, sentence, runbook);
  }
  return ok(
    check,
    count === 1 ? '1 of each stream: a lost disk loses what came after the last backup' : `${count} of each stream`,
  );
}

function clock(there: readonly There[]): Finding {
  const offsets = there.flatMap(({ aheadMs }) => aheadMs ?? []);
  if (offsets.length === 0) return unknown('clock', 'this NATS does not say what time it is');
  const [ahead = 0] = offsets.toSorted((a, b) => Math.abs(b) - Math.abs(a));
  if (Math.abs(ahead) < CLOCK_MS)
    return ok('clock', `that of NATS and that of this machine agree within ${duration(ahead)}`);
  const sentence = `the clock of this machine is ${duration(ahead)} ${ahead > 0 ? 'behind' : 'ahead of'} that of NATS`;
  return warning('clock', sentence, 'docs/runbook.md#the-clock-of-a-machine-is-wrong');
}
