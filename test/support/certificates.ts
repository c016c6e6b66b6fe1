/**
 * Certificates for tests: an authority and what it signs, made anew each time; expired ones too.
 *
 * Role: PEM files as nats-server and members read them.
 * Why own: Node.js reads X.509 but cannot issue it, and not every machine has openssl. DER needs little: a tag, a length, the content.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Host names and IPv4 addresses that it is for. */
  readonly names?: readonly string[];
  /** It ended an hour ago. */
  readonly expired?: boolean;
}

const hourMs = 3_600_000;
const ed25519 = sequence(oid(0x2b, 0x65, 0x70));

export class Authority {
  readonly #name: string;
  readonly #keys = generateKeyPairSync('ed25519');

  constructor(name: string) {
    this.#name = name;
  }

  /** Writes its own certificate: what others verify with. */
  writeTo(path: string): void {
    // basicConstraints, critical: an authority.
    const isAuthority = sequence(oid(0x55, 0x1d, 0x13), der(0x01, [0xff]), der(0x04, sequence(der(0x01, [0xff]))));
    writeFileSync(path, pem(this.#sign(this.#name, this.#keys.publicKey, isAuthority, false)));
  }

  /** Writes `<name>.crt` and `<name>.key`, over those that are there. */
  issue(folder: string, name: string, { names = [], expired = false }: CertificateOptions = {}): CertificateFiles {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
    const alternatives = [name, ...names].map((one) =>
      isIP(one) ? der(0x87, one.split('.').map(Number)) : der(0x82, Buffer.from(one)),
    );
    const subjectAltName = sequence(oid(0x55, 0x1d, 0x11), der(0x04, sequence(...alternatives)));
    writeFileSync(files.cert, pem(this.#sign(name, publicKey, subjectAltName, expired)));
    writeFileSync(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return files;
  }

  /** RFC 5280, section 4.1: one certificate with one extension, in DER. */
  #sign(subject: string, publicKey: KeyObject, extension: Buffer, expired: boolean): Buffer {
    const now = Date.now();
    const content = sequence(
      der(0xa0, der(0x02, [2])),
      der(0x02, [1, ...randomBytes(15)]),
      ed25519,
      commonName(this.#name),
      sequence(time(now - 24 * hourMs), time(expired ? now - hourMs : now + 24 * hourMs)),
      commonName(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(extension)),
    );
    return sequence(content, ed25519, der(0x03, [0], sign(null, content, this.#keys.privateKey)));
  }
}

function der(tag: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function oid(...bytes: readonly number[]): Buffer {
  return der(0x06, bytes);
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
}

function time(ms: number): Buffer {
  return der(0x18, Buffer.from(new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
