/**
 * What has to become of every frame that a client sends, as the documents say.
 *
 * Why without a look at the code that decides it: the same mistake in both would never be found.
 */
import type { SentFrame } from '../cases/socket.ts';

const mostFrameBytes = 16 * 1024;

/** What is expected of a frame: a reply to its `ref`, or that the socket closes with one of these codes. */
type Fate = Reply | End | null;

interface Reply {
  readonly ref: string | number;
}

interface End {
  readonly codes: readonly number[];
}

export const isReply = (fate: Fate): fate is Reply => fate !== null && 'ref' in fate;
export const isEnd = (fate: Fate): fate is End => fate !== null && 'codes' in fate;

export function fateOf(frame: SentFrame): Fate {
  switch (frame.kind) {
    case 'wrong':
      return { codes: [1002, 1007, 1009] };
    case 'bytes':
      return { codes: [1007] };
    case 'binary':
      return { codes: [4400] };
    case 'close':
      return { codes: [frame.text === '' ? 1005 : Buffer.from(frame.text, 'latin1').readUInt16BE(0)] };
    case 'ping':
    case 'pong':
      return null;
    case 'text':
      return fateOfText(frame.text);
  }
}

function fateOfText(text: string): Fate {
  if (Buffer.byteLength(text) > mostFrameBytes) return { codes: [1009] };
  let frame: unknown;
  try {
    // A byte order mark is passed over.
    frame = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return { codes: [4400] };
  }
  const { ref } = (frame ?? {}) as { ref?: unknown };
  const isUsable = typeof frame === 'object' && ((typeof ref === 'string' && ref.length <= 64) || Number.isFinite(ref));
  // A reply tells -0 from 0 no more than JSON does.
  return isUsable ? { ref: typeof ref === 'number' ? ref + 0 : (ref as string) } : { codes: [4400] };
}
