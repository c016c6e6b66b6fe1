/**
 * Finding the machine's own Debian mirror in both formats of apt's configuration.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findInDeb822, findInLines } from '../../../src/dev/debian-package.ts';

const suites = new Set(['bookworm', 'stable']);

describe('the machine’s mirror in deb822 format', () => {
  it('is the first archive with the machine’s suite and the main component', () => {
    const text = `
# a comment
Types: deb
URIs: http://tools.example/apt
Suites: nodistro
Components: main

Types: deb deb-src
# in the middle of a stanza
URIs: http://mirror.example/debian http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
    assert.deepEqual(findInDeb822(text, suites), {
      uri: 'http://mirror.example/debian',
      signedBy: '/usr/share/keyrings/archive.gpg',
    });
  });

  it('takes no source that is disabled, for sources only, or of other suites', () => {
    const stanza = (extra: string, types = 'deb', suite = 'bookworm') =>
      `Types: ${types}\nURIs: http://m.example/d\nSuites: ${suite}\nComponents: main\n${extra}`;
    assert.deepEqual(findInDeb822(stanza(''), suites), { uri: 'http://m.example/d', signedBy: null });
    assert.equal(findInDeb822(stanza('Enabled: no\n'), suites), null);
    assert.equal(findInDeb822(stanza('', 'deb-src'), suites), null);
    assert.equal(findInDeb822(stanza('', 'deb', 'bookworm-security'), suites), null);
    assert.equal(findInDeb822('', suites), null);
  });

  it('keeps an inline key as it is', () => {
    const text = `Types: deb
URIs: http://m.example/d
Suites: stable
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
Architectures: amd64
`;
    assert.equal(
      findInDeb822(text, suites)?.signedBy,
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----',
    );
  });
});

describe('the machine’s mirror in the one-line format', () => {
  it('is found with and without options', () => {
    const plain =
      '# deb http://off.example/d bookworm main\ndeb-src http://s.example/d bookworm main\ndeb http://m.example/d bookworm contrib main # note\n';
    assert.deepEqual(findInLines(plain, suites), { uri: 'http://m.example/d', signedBy: null });
    const signed = 'deb [arch=amd64 signed-by=/k/one.gpg,/k/two.gpg] http://m.example/d stable main';
    assert.deepEqual(findInLines(signed, suites), { uri: 'http://m.example/d', signedBy: '/k/one.gpg /k/two.gpg' });
  });

  it('takes no other suite and no archive without main', () => {
    assert.equal(findInLines('deb http://m.example/d bookworm-security main', suites), null);
    assert.equal(findInLines('deb http://m.example/d bookworm contrib', suites), null);
    assert.equal(findInLines('', suites), null);
  });
});
