/**
 * What belongs to an action or an event, in words; ids of players are read as their names, however deep they lie. Pure.
 */
export type Names = ReadonlyMap<string, string>;

/** As `target Grace, cell 4`. */
export function fieldsInWords(fields: Readonly<Record<string, unknown>>, names: Names): string {
  const named = (_: string, value: unknown) => (typeof value === 'string' ? (names.get(value) ?? value) : value);
  const said = (value: unknown) => (typeof value === 'string' ? named('', value) : JSON.stringify(value, named));
  return Object.entries(fields)
    .map(([key, value]) => `${key} ${said(value)}`)
    .join(', ');
}
