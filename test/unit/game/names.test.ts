/** Which names may be taken, by whoever writes in whatever script, and which two are one to the eye. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { looksLike, readName } from '../../../src/game/names.ts';

const legitimate: Readonly<Record<string, string>> = {
  English: 'Ada',
  Irish: "Máire O'Brien-Ní Dhomhnaill".slice(0, 24),
  French: 'Zoé Éloïse',
  German: 'Jürgen Groß',
  Icelandic: 'Þórður Ævarsson',
  Polish: 'Łukasz Żółć',
  Czech: 'Jiří Řehoř',
  Turkish: 'Işıl Gülşen',
  Hungarian: 'Őrs Bűvös',
  Vietnamese: 'Nguyễn Thị Ngọc Ánh',
  Yoruba: 'Ọláṣùbọ̀mí',
  Hawaiian: 'Kaʻiulani',
  Navajo: 'Nizhóní Yázhí',
  Greek: 'Ἀλέξανδρος',
  Ukrainian: 'Їжак Ґанна',
  Russian: 'Андрей Ёлкин',
  Georgian: 'ნინო',
  Armenian: 'Արամ',
  Hebrew: 'שִׁירָה',
  Arabic: 'ليلى',
  'Arabic with vowels': 'مُحَمَّد',
  'Persian with a non-joiner': 'می‌نا',
  Urdu: 'فاطمہ',
  Syriac: 'ܡܪܝܡ',
  Hindi: 'लक्ष्मी',
  'Hindi with a non-joiner': 'क्‌ष',
  'Hindi with a joiner': 'क्‍ष',
  Marathi: 'राष्ट्रीय',
  Bengali: 'র‍্যাচেল',
  Gujarati: 'જ્ઞાનેશ્વર',
  Punjabi: 'ਗੁਰਪ੍ਰੀਤ',
  Tamil: 'ஸ்ரீநிவாசன்',
  Telugu: 'శ్రీనివాస్',
  Kannada: 'ಕೃಷ್ಣಪ್ಪ',
  Malayalam: 'ശ്രീജിത്ത്',
  'Malayalam as it was written': 'രാജന്‍',
  Sinhala: 'ශ්‍රී ලාල්',
  Thai: 'สมชาย ใจดี',
  Lao: 'ບຸນມີ',
  Khmer: 'ស្រីពៅ',
  Burmese: 'အောင်ဆန်းကြွယ်',
  Tibetan: 'སྒྲོལ་མ',
  Chinese: '李小龍',
  Japanese: 'ミノタウロス',
  'Japanese with a wide space': '山田　太郎',
  'Japanese with a variant': '渡邉󠄂',
  Korean: '김민수',
  Mongolian: 'ᠴᠢᠩᠭᠢᠰ',
  Amharic: 'ሀይሌ',
  Cherokee: 'ᏣᎳᎩ',
  Inuktitut: 'ᐊᓂᔭ',
  Tifinagh: 'ⵜⵉⵏⵉⵔⵉ',
  Adlam: '𞤀𞤣𞤤𞤢𞤥',
  emoji: '🐂',
  'a family': '👨‍👩‍👧‍👦',
  'a flag of letters': '🇪🇺',
  'a flag of tags': '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  'a skin': '🧙🏽‍♀️',
  'a heart': 'Ada ❤️',
  'a heart without its variant': '👩‍❤‍👩',
  'a keycap': '1️⃣',
  markup: 'O\'B <b> & "x"',
  digits: '007',
  '24 bulls': '🐂'.repeat(24),
};

test('names of many scripts are legal, and stay as they are', () => {
  for (const [what, name] of Object.entries(legitimate)) {
    assert.deepEqual(readName(name), { name: name.replace('　', ' ').normalize('NFC') }, what);
  }
});

test('no two of them are taken for each other', () => {
  const names = Object.values(legitimate);
  for (const [index, one] of names.entries()) {
    for (const other of names.slice(index + 1)) {
      const isOne = looksLike(one, other);
      // Joiners and variants are all that these pairs differ by.
      if (!isOne) continue;
      assert.ok(one.startsWith('क्') && other.startsWith('क्'), `${one} ${other}`);
    }
  }
});

test('names that nobody can see, or that do harm to what is beside them, are refused by rule', () => {
  const long = /^must be 1 to 24 characters$/;
  const unseen = /^must not hold a character that cannot be seen \(U\+[0-9A-F]+\)$/;
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', long],
    [' ', long],
    ['\u00a0\u3000', long],
    ['x'.repeat(25), long],
    ['🐂'.repeat(25), long],
    ['👨‍👩‍👧‍👦'.repeat(10), long],
    ['a\u0000', /control character \(U\+0000\)/],
    ['a\nb', /control character/],
    ['a\u2028b', unseen],
    ['\u200b', unseen],
    ['A\u200bda', unseen],
    ['\ufeffx\ufeffy', unseen],
    ['so\u00adft', unseen],
    ['wo\u2060rd', unseen],
    ['\u3164', unseen],
    ['\uffa0', unseen],
    ['\u115f', unseen],
    ['a\u034fb', unseen],
    ['\u17b4', unseen],
    ['\u2800', unseen],
    ['a\ufe0f', unseen],
    ['a\u{e0100}', unseen],
    ['\ufffc', unseen],
    ['a\ud800', unseen],
    ['\ue000', unseen],
    ['\uffff', unseen],
    ['\u{50005}', unseen],
    ['\u202eadA', /turns the direction of text \(U\+202E\)/],
    ['a\u2066b', /turns the direction/],
    ['a\u200f', /turns the direction/],
    ['\u{e0041}', /tag character/],
    ['A\u{e0061}', /tag character/],
    ['🐂\u{e0067}\u{e007f}', /tag character/],
    ['A\u200dda', /a joiner where nothing is joined/],
    ['A\u200cda', /a joiner/],
    ['🐂\u200d', /a joiner/],
    ['ليلى\u200c', /a joiner/],
    ['क्\u200d\u200dष', /a joiner/],
    ['\u0301a', /combining mark on nothing/],
    ['a \u0301', /combining mark on nothing/],
    ['Z\u0301\u0301\u0301\u0301', /at most 3 combining marks/],
    ['é\u0301\u0301\u0301', /at most 3 combining marks/],
    [`ok${'Z'}${'\u0301'.repeat(60)}`, /at most 3 combining marks/],
  ];
  for (const [name, complaint] of cases) {
    const read = readName(name);
    assert.match('complaint' in read ? read.complaint : `taken: ${read.name}`, complaint, JSON.stringify(name));
  }
  assert.deepEqual(readName('Z\u0301\u0301\u0301'), { name: 'Ź\u0301\u0301' });
});

test('a name is trimmed, in NFC, with single plain spaces', () => {
  assert.deepEqual(readName('\u3000 Ade\u0301\u00a0 \u2003X '), { name: 'Adé X' });
  assert.deepEqual(readName(`  ${'x'.repeat(24)}  `), { name: 'x'.repeat(24) });
});

test('two names that look the same are one', () => {
  for (const [one, other] of [
    ['Ada', 'Ada'],
    ['Ada', 'ADA'],
    ['Ada', '\u0410da'],
    ['ada', '\u0430d\u0430'],
    ['Ada', 'Adá'],
    ['Ada', 'Ａｄａ'],
    ['Ada', '𝐀𝐝𝐚'],
    ['Iris', 'lris'],
    ['Alice', 'A1ice'],
    ['Olga', '0lga'],
    ['Kim', 'Kirn'],
    ['Groß', 'GROSS'],
    ['σίσυφος', 'ΣΊΣΥΦΟΣ'],
    ['Søren', 'Soren'],
    ['क्\u200cष', 'क्ष'],
    ['葛', '葛\u{e0100}'],
    ['a-b', 'a‐b'],
    // Letters that came with Unicode 14 and 17.
    ['\ua7da', '\u0245'],
    ['\u{16eaa}ris', 'Iris'],
    ['\u{11de0}lga', 'Olga'],
  ] as const) {
    assert.ok(looksLike(one, other), `${one} ${other}`);
    assert.ok(looksLike(other, one), `${other} ${one}`);
  }
  for (const [one, other] of [
    ['Ada', 'Adam'],
    ['Ada', 'Eda'],
    ['P1', 'P2'],
    ['はな', 'ばな'],
    ['राम', 'रीमा'],
    ['Bob', 'Rob'],
  ] as const) {
    assert.ok(!looksLike(one, other), `${one} ${other}`);
  }
});

test('whatever is given, it is read or refused, and what was read is read the same again', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'grapheme-composite' }),
  );
  fc.assert(
    fc.property(text, (given) => {
      const read = readName(given);
      if ('complaint' in read) return;
      assert.deepEqual(readName(read.name), read);
      assert.ok([...read.name].length <= 64);
      assert.ok(looksLike(read.name, read.name));
    }),
    { numRuns: 2_000 },
  );
});
