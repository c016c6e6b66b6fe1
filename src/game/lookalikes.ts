/**
 * How a name looks, by Unicode's own table of confusable characters (UTS 39).
 *
 * Why two looks: as it is written (`I` and `l`, Cyrillic and Latin `A`), and without regard to case (`ADA` and `ada`); neither implies the other.
 * Why the table is a file of ours: docs/adr/0030-names-that-can-be-told-apart.md.
 */
import table from './confusables.json' with { type: 'json' };

/** By character, the one (or ones) that stands for all that look like it. */
const standsFor: ReadonlyMap<string, string> = new Map(
  Object.entries(table).flatMap(([target, sources]) => [...sources].map((source) => [source, target] as const)),
);

/**
 * What cannot be seen, and accents: who reads Ada and Adá side by side takes one for the other. Marks that are the vowels of a script, or make other
 * letters of it (Japanese), are none of these.
 */
const unseen = /\p{Default_Ignorable_Code_Point}|[\u0300-\u036F]|[\u1AB0-\u1AFF]|[\u1DC0-\u1DFF]|[\u20D0-\u20FF]/gu;

/** Two names look alike if one of these is the same. */
export function lookOf(name: string): readonly [exact: string, folded: string] {
  const plain = name.normalize('NFKC');
  // Upper case first: ß and SS, and the two small sigmas, are one that way.
  const folded = plain.toUpperCase().toLowerCase().normalize('NFKC');
  return [skeleton(plain), skeleton(folded)];
}

function skeleton(text: string): string {
  const visible = text.normalize('NFD').replaceAll(unseen, '');
  const replaced = [...visible].map((character) => standsFor.get(character) ?? character);
  return replaced.join('').normalize('NFD').replaceAll(unseen, '');
}
