/**
 * Names as fields take them: as long as the server lets them be, counted as people count. Pure.
 */
export const mostCharacters = 24;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Without what is too much. */
export function shortened(name: string): string {
  const characters = [...graphemes.segment(name)].map(({ segment }) => segment);
  return characters.length > mostCharacters ? characters.slice(0, mostCharacters).join('') : name;
}
