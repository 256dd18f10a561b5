import { readFile } from 'node:fs/promises';
import { ExperimenterError } from '../../domain/errors.ts';
import type { MysqlSsl } from '../config/configuration.ts';
import type { MysqlOptions } from './open-mysql.ts';

/** TLS as the driver takes it: certificates and keys by content, not by path. */
export const tlsOf = async ({
  ca,
  cert,
  key,
  verifyIdentity,
  rejectUnauthorized,
}: MysqlSsl): Promise<NonNullable<MysqlOptions['ssl']>> => ({
  verifyIdentity,
  rejectUnauthorized,
  ...(ca !== null && { ca: await read('ca', ca) }),
  ...(cert !== null && { cert: await read('cert', cert) }),
  ...(key !== null && { key: await read('key', key) }),
});

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
