/**
 * A colour for each member, which it keeps while it is there. Pure.
 *
 * Invariant: two members share one only if there are more than ten.
 */
const count = 10;

/** Member → class of its colour. `before`: those that were given. */
export function coloursFor(ids: readonly string[], before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const colours = new Map([...before].filter(([id]) => ids.includes(id)));
  for (const id of ids) {
    if (colours.has(id)) continue;
    const taken = (colour: string) => [...colours.values()].filter((each) => each === colour).length;
    const all = Array.from({ length: count }, (_, index) => `c${index}`);
    colours.set(
      id,
      all.reduce((best, colour) => (taken(colour) < taken(best) ? colour : best)),
    );
  }
  return colours;
}
