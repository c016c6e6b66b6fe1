/**
 * Times on the wire (RFC 3339) and in the state (ms since the Unix epoch).
 *
 * Role: the rules calculate with numbers; text is read once when a game is created and written in views and records.
 * Why not `Date.parse`: it takes 30 February for 2 March, and much text that is not RFC 3339 at all.
 */
const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const earliest = -62_167_219_200_000; // 0000-01-01T00:00:00.000Z
const latest = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

/** Ms since the epoch, anything finer cut off; null if `text` is not RFC 3339. A leap second is the second after it. */
export function parseTime(text: string): number | null {
  const match = rfc3339.exec(text);
  if (match === null) return null;
  const at = (group: number) => Number(match[group] ?? 0);
  const [year, month, day, hour, minute, second] = [at(1), at(2), at(3), at(4), at(5), at(6)];
  const [offsetHour, offsetMinute] = [at(9), at(10)];
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return null;

  // Not Date.UTC: that takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A month or a day that the calendar does not have always ends up in another month.
  if (date.getUTCMonth() !== month - 1) return null;

  const fraction = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offset = (offsetHour * 60 + offsetMinute) * (match[8] === '-' ? -1 : 1);
  const time = date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction;
  return time >= earliest && time <= latest ? time : null;
}

/** RFC 3339, UTC, milliseconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
