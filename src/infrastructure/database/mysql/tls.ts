import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { MysqlSsl } from '../../config/schema/configuration.ts';
import { PASSWORD_KEPT } from './hashed-password.ts';

/**
 * TLS options in the form of node:tls. The server's certificate and its name are verified unless these options turn it
 * off.
 */
export interface MysqlTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verifyIdentity?: boolean;
  readonly rejectUnauthorized?: boolean;
}

/**
 * Reads the TLS options for the driver: certificates and keys as content, not as paths. Throws `CONFIG_INVALID` for a
 * file that is not PEM.
 */
export const tlsOf = async ({ ca, cert, key, verifyIdentity, rejectUnauthorized }: MysqlSsl): Promise<MysqlTls> => {
  const [authority, own] = [
    ca === null ? {} : { ca: await read('ca', ca) },
    {
      ...(cert !== null && { cert: await read('cert', cert) }),
      ...(key !== null && { key: await read('key', key) }),
    },
  ];
  // node:tls ignores an authority in another form without an error.
  if (authority.ca !== undefined && !authority.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new ExperimenterError('CONFIG_INVALID', `database.ssl.ca: ${ca} holds no certificate in PEM form`);
  try {
    createSecureContext({ ...authority, ...own });
  } catch (error) {
    throw new ExperimenterError(
      'CONFIG_INVALID',
      `database.ssl: ${[ca, cert, key].filter((file) => file !== null).join(', ')}: ${(error as Error).message}; ` +
        'cert and key must belong together, in PEM form, the key without a passphrase',
      { cause: error },
    );
  }
  return { verifyIdentity, rejectUnauthorized, ...authority, ...own };
};

const read = async (name: string, file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ExperimenterError(
      'CONFIG_INVALID',
      `database.ssl.${name}: ${file} cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
};

/**
 * A connection to a server whose certificate must be for this address. The driver passes the names of servers to TLS,
 * but not their addresses.
 */
export const connectTo = (host: string, port: number): Duplex =>
  addressed(connect({ host, port, noDelay: true, keepAlive: true }), host);

/** Sets the address that TLS compares with the certificate, for a connection without a host name. */
export const addressed = <Connection extends Duplex>(connection: Connection, address: string): Connection =>
  Object.assign(connection, { _host: address });

/** Why TLS failed, or what is impossible without TLS, and the remedy. Undefined: the error is not about TLS. */
export const tlsProblem = (error: { readonly code?: string; readonly message: string }): string | undefined => {
  const { code = '', message } = error;
  if (code === PASSWORD_KEPT)
    return (
      `${message}, and nothing proves which server it is: one in between could read it, so nothing was sent; set ` +
      'database.ssl, or database.allowCleartextPassword to true where the network is to be trusted'
    );
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
    return 'the server offers no encryption; its administrator must switch it on, or remove database.ssl where the way is safe';
  if (/ALERT_(UNKNOWN_CA|CERTIFICATE|BAD_CERTIFICATE|ACCESS_DENIED)/.test(code))
    return `the server refused the client certificate (${code}): database.ssl.cert must be signed by the authority it trusts`;
  if (code !== 'HANDSHAKE_SSL_ERROR') return undefined;
  if (/altnames|does not match/i.test(message))
    return (
      `the server's certificate is another host's: ${message}; name the host as the certificate does, or, if its authority ` +
      'signs for nobody else, set database.ssl.verifyIdentity to false'
    );
  if (/self.signed|unable to (verify|get)/i.test(message))
    return (
      `the server's certificate is of no authority that is trusted here (${message}): name the PEM file of its authority in ` +
      'database.ssl.ca, which its administrator has; if that is the right one, somebody in between poses as the server'
    );
  return `no encrypted connection: ${message}`;
};
