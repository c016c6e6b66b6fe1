/**
 * A member's log for people: each JSON line as one line of text.
 *
 * Role: pure. The files keep JSON, for machines; what is shown on a terminal goes through this.
 */
import { styleText } from 'node:util';

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const WARN = 40;
/** More of an object (the settings at a start, say) is for the file. */
const longestObject = 80;

/** A line that is no JSON object stays as it is. */
export function readableLog(line: string): string {
  const entry = parsed(line);
  if (entry === null) return line;
  const { level, time, msg, member: _member, err, ...rest } = entry;
  const name = (levels[Number(level)] ?? String(level)).padEnd(5);
  const shown = Number(level) >= WARN ? styleText(Number(level) > WARN ? 'red' : 'yellow', name) : name;
  const at = typeof time === 'number' ? new Date(time).toTimeString().slice(0, 8) : '        ';
  const fields = Object.entries(rest).map(([field, value]) => `${field}=${plain(value)}`);
  const message = (err as { message?: unknown } | undefined)?.message;
  // The message of an error is often the message of its line.
  if (message !== undefined && message !== msg) fields.push(`(${plain(message)})`);
  return [styleText('dim', at), shown, plain(msg), ...fields].join(' ');
}

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return typeof value === 'object' && text.length > longestObject ? `${text.slice(0, longestObject)}…` : text;
}

function parsed(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
