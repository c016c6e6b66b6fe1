/**
 * Names of players: what a new one may be, and which two look the same.
 *
 * Role: a name is what others go by, so it can be seen, and told from every other one of the game. Names that are stored already, or that come
 * with a document, are what they are: displayNameSchema (players.ts) bounds those.
 * Invariants:
 *  - What a script needs stays legal: joiners where letters join, marks on letters, emoji of many parts.
 *  - The bounds of a state hold: a name has no more than 64 code points, however few characters those make.
 */
import { lookOf } from './lookalikes.ts';

const mostCharacters = 24;
const mostCodePoints = 64;
const mostMarks = 3;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Emoji as Unicode recommends them for interchange, flags included, and sequences of the same make. */
const emoji =
  /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}[\uFE0E\uFE0F\p{Emoji_Modifier}]?(?:\u200D\p{Extended_Pictographic}[\uFE0E\uFE0F\p{Emoji_Modifier}]?)*)$/v;
/** Signs that take a letter its vowel, and join it to the next one. */
const virama =
  '\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D3B\u0D3C\u0D4D\u0DCA\u0F84\u1039\u103A\u1714\u1734\u17D2\u1A60\u1B44\u1BAA\uA806\uA8C4\uA953\uA9C0\uAAF6';
const indic =
  '[\\p{Script=Bengali}\\p{Script=Devanagari}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Telugu}]';
const cursive =
  '[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mandaic}\\p{Script=Nko}\\p{Script=Mongolian}\\p{Script=Adlam}]';
/** What cannot be seen itself, where letters look another way for it. */
const needed = new RegExp(
  [
    `(?<=[${virama}])[\\u200C\\u200D]`,
    `(?<=${indic})\\u200D(?=[${virama}])`,
    `(?<=${cursive}\\p{Mn}*)\\u200C(?=${cursive})`,
    '(?<=\\p{Script=Han})[\\u{E0100}-\\u{E01EF}]',
    '(?<=\\p{Script=Mongolian})[\\u180B-\\u180D\\u180F]',
  ].join('|'),
  'gu',
);
/** The blank ones that Unicode does not count among the ignorable, and what stands for something that was lost. */
const hidden =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC\uFFFD\u{1D159}\u{13441}\u{13442}\u{16FE4}]/u;
const bidi = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
const markOnNothing = /(?:^| )\p{M}/u;
const crowd = new RegExp(`\\p{M}{${mostMarks + 1}}`, 'u');

export type ReadName = { readonly name: string } | { readonly complaint: string };

/** A new name as it will be shown, or which rule it breaks. */
export function readName(given: string): ReadName {
  const name = given
    .replaceAll(/\p{Zs}+/gu, ' ')
    .trim()
    .normalize('NFC');
  // Before any work that grows with it.
  if ([...name].length > mostCodePoints) return { complaint: tooLong };
  const characters = [...graphemes.segment(name)].map(({ segment }) => segment);
  // A plain sign stands for an emoji, whose joiners are its own affair.
  const letters = characters.map((character) => (emoji.test(character) ? '☺' : character)).join('');
  const complaint = complainOfLetters(letters) ?? complainOfMarks(characters);
  if (complaint !== null) return { complaint };
  if (name === '' || characters.length > mostCharacters) return { complaint: tooLong };
  return { name };
}

/** As it is shown; one that was taken before there were these rules is shown as it was given. */
export function nameOf(given: string): string {
  const read = readName(given);
  return 'name' in read ? read.name : given;
}

/** Whether two names of one game would be taken for each other. */
export function looksLike(one: string, other: string): boolean {
  const [exact, folded] = lookOf(one);
  const [otherExact, otherFolded] = lookOf(other);
  return exact === otherExact || folded === otherFolded;
}

const tooLong = `must be 1 to ${mostCharacters} characters`;

function complainOfLetters(letters: string): string | null {
  const [character] = hidden.exec(letters.replaceAll(needed, '')) ?? [];
  if (character !== undefined) return `must not hold ${kindOf(character)} (${codePoint(character)})`;
  return markOnNothing.test(letters) ? 'must not hold a combining mark on nothing' : null;
}

/** Marks are counted one by one: composed letters hold some. */
function complainOfMarks(characters: readonly string[]): string | null {
  const crowded = characters.some((character) =>
    crowd.test(character.normalize('NFD').replaceAll(/[\u200C\u200D]/g, '')),
  );
  return crowded ? `must hold at most ${mostMarks} combining marks on a letter` : null;
}

function kindOf(character: string): string {
  if (/\p{Cc}/u.test(character)) return 'a control character';
  if (bidi.test(character)) return 'a character that turns the direction of text';
  if (/[\u{E0000}-\u{E007F}]/u.test(character)) return 'a tag character';
  if (/[\u200C\u200D]/.test(character)) return 'a joiner where nothing is joined';
  return 'a character that cannot be seen';
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
