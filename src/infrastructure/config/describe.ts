import { createHash } from 'node:crypto';
import type { ConfigurationRecord } from '../../domain/repository/study-store.ts';
import type { Configuration } from './schema/configuration.ts';
import { isLeaf, type Section } from './schema/node.ts';
import { schema, type Settings } from './schema/schema.ts';
import { masked } from '../text/secrets.ts';

/**
 * The configuration in force as plain JSON data for people and logs, every secret as `[secret]`. Its table section has
 * the shape of the configuration file, ranges written out.
 */
export const describeConfiguration = (configuration: Configuration): Record<string, unknown> => {
  const { database, study, grid, custom, warnings: _, record: __, ...rest } = configuration;
  return {
    ...rest,
    database: redacted(schema.database, database),
    table: json({
      name: study.table,
      keyfields: Object.fromEntries(
        study.keyfields.map(({ name, type }) => [name, { type: type.sql, ...grid.keyfields[name] }]),
      ),
      exclude: grid.exclude,
      resultfields: types(study.resultfields),
      resultTimestamps: study.resultTimestamps,
      logtables: Object.fromEntries(study.logtables.map(({ name, columns }) => [name, types(columns)])),
    }),
    custom: masked(custom),
  };
};

/**
 * The part of a configuration that decides about its experiments, as it was written. Where they are stored and how they
 * are run is left out, so that every runner records the same.
 */
export const recordOf = ({ experiment, table, custom }: Settings): ConfigurationRecord => {
  const text = JSON.stringify(json({ experiment, table, custom: masked(custom) }), null, 2);
  return { sha256: createHash('sha256').update(text).digest('hex'), text };
};

/** The values of a section, without those that its schema calls sensitive. */
const redacted = (section: Section, values: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]: [string, unknown]) => {
      const node = section[name];
      if (!node || value === null) return [name, value];
      if (!isLeaf(node)) return [name, redacted(node, value as object)];
      return [name, node.sensitive ? '[secret]' : value];
    }),
  );

const types = (columns: Configuration['study']['keyfields']): Record<string, string> =>
  Object.fromEntries(columns.map(({ name, type }) => [name, type.sql]));

/** Plain JSON data: bigint, NaN and infinities, which JSON does not have, become texts. */
const json = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, item: unknown) =>
      typeof item === 'bigint' || (typeof item === 'number' && !Number.isFinite(item)) ? String(item) : item,
    ),
  );
