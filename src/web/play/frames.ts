/**
 * The newest frames and requests, as developers read them. Pure.
 *
 * Invariant: at most 100 are kept, the newest first, and of each at most 64 KiB.
 */
import type { Passed } from '../kit/passed.ts';

export interface Frame extends Passed {
  readonly key: number;
}

const most = 100;
const longest = 65_536;

export function withFrame(frames: readonly Frame[], passed: Passed): readonly Frame[] {
  const { text } = passed;
  const short = text.length > longest ? `${text.slice(0, longest)} … and ${text.length - longest} more` : text;
  return [{ ...passed, text: short, key: (frames[0]?.key ?? 0) + 1 }, ...frames].slice(0, most);
}

/** As `from the server: game, version 12`. */
export function titleOf({ way, request, text }: Passed): string {
  if (request !== null) return request;
  const { type = 'no frame', version } = (parsed(text) ?? {}) as { readonly type?: string; readonly version?: number };
  return `${way === 'in' ? 'from' : 'to'} the server: ${type}${version === undefined ? '' : `, version ${version}`}`;
}

/** How long it took: an answer since its question, by this page's clock; anything else since the server sent it, by the server's. */
export function latencyOf({ ms, way, text, at }: Passed, aheadMs: number): number | null {
  if (ms !== null || way === 'out') return ms;
  const sentAt = Date.parse(String((parsed(text) as { readonly serverTime?: string } | null)?.serverTime));
  return Number.isNaN(sentAt) ? null : Math.max(0, Math.round(at + aheadMs - sentAt));
}

export function indented(text: string): string {
  const value = parsed(text);
  return value === null ? text : JSON.stringify(value, null, 1);
}

/** To hand on: one a line, the newest first. */
export function linesOf(frames: readonly Frame[]): string {
  return frames
    .map(({ at, way, text, request, ms }) => JSON.stringify({ at: new Date(at).toISOString(), way, request, ms, text }))
    .join('\n');
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
