import { ExperimenterError } from '../../../domain/errors.ts';
import type { Database, Reader } from './sql.ts';

/** A database that is opened for reading. `transaction` and `locked` throw before they reach the database. */
export const readOnlyDatabase = (reader: Reader): Database => {
  const refuse = async (): Promise<never> => {
    throw new ExperimenterError(
      'USAGE',
      'the study was opened for reading alone; open it without readOnly to change it',
    );
  };
  return {
    dialect: reader.dialect,
    orm: reader.orm,
    present: () => reader.present(),
    read: (work) => reader.read(work),
    transaction: refuse,
    locked: refuse,
    refusal: (error) => reader.refusal(error),
    expectTables: () => {},
    changedMeanwhile: () => false,
    findings: () => reader.findings(),
    close: () => reader.close(),
  };
};
