/**
 * A member's log for people: each JSON line as one line of text.
 *
 * Role: pure. The files keep JSON, for machines; what is shown on a terminal goes through this.
 */
import { styleText } from 'node:util';

const colours: Readonly<Record<string, 'yellow' | 'red'>> = { warn: 'yellow', error: 'red', fatal: 'red' };
/** More of an object (the settings at a start, say) is for the file. */
const longestObject = 80;

/** A line that is no JSON object stays as it is. */
export function readableLog(line: string): string {
  const entry = parsed(line);
  if (entry === null) return line;
  const { level, time, msg, member: _member, event: _event, err, ...rest } = entry;
  const name = String(level).padEnd(5);
  const colour = colours[String(level)];
  const shown = colour === undefined ? name : styleText(colour, name);
  const at = typeof time === 'string' ? new Date(time).toTimeString().slice(0, 8) : '        ';
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
