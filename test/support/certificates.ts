import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './databases.ts';

/** The paths of a certificate and its private key, as PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority made for a test file, and what it signs. Needs the program openssl. */
export class Authority {
  readonly #directory = temporaryDirectory();
  readonly #own: Certificate;
  #signed = 0;

  constructor(name = 'authority') {
    this.#own = this.#request(name);
    const { cert, key } = this.#own;
    openssl('req', '-x509', '-new', '-key', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`);
  }

  /** Of the authority itself: what clients trust. */
  get ca(): string {
    return this.#own.cert;
  }

  /** A certificate for these names, `DNS:localhost` or `IP:127.0.0.1`. */
  sign(name: string, ...alternatives: readonly string[]): Certificate {
    const made = this.#request(name);
    const [request, extensions] = [`${made.cert}.csr`, `${made.cert}.ext`];
    writeFileSync(extensions, alternatives.length > 0 ? `subjectAltName=${alternatives.join(',')}` : '');
    openssl('req', '-new', '-key', made.key, '-out', request, '-subj', `/CN=${name}`);
    const { cert: ca, key: caKey } = this.#own;
    const by = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-extfile', extensions];
    openssl('x509', '-req', '-in', request, ...by, '-out', made.cert, '-days', '2');
    return made;
  }

  #request(name: string): Certificate {
    this.#signed += 1;
    const path = join(this.#directory, `${this.#signed}-${name}`);
    const key = `${path}.key`;
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key);
    return { cert: `${path}.pem`, key };
  }
}

const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};
