import { describe } from 'vitest';
import { claimContract } from './repository/claim.ts';
import { emissionsContract } from './repository/emissions.ts';
import { columnsContract } from './repository/columns.ts';
import { deleteContract } from './repository/delete.ts';
import { fillContract } from './repository/fill.ts';
import { interleavingContract } from './repository/interleaving.ts';
import { operationContract } from './repository/operation.ts';
import { provenanceContract } from './repository/provenance.ts';
import { orderContract } from './repository/order.ts';
import { readingContract } from './repository/reading.ts';
import { reapContract } from './repository/reap.ts';
import { runnersContract } from './repository/runners.ts';
import { agesContract } from './repository/ages.ts';
import { resumedContract } from './repository/resumed.ts';
import { reportsContract } from './repository/reports.ts';
import type { OpenRepository } from './repository/scene.ts';
import { tablesContract } from './repository/tables.ts';
import { transitionsContract } from './repository/transitions.ts';
import { valuesContract } from './repository/values.ts';
import { recordContract } from './repository/record.ts';

export type { OpenRepository } from './repository/scene.ts';

/** What every ExperimentRepository has to keep; run it in a test file of its own for each implementation. */
export const experimentRepositoryContract = (name: string, open: OpenRepository): void => {
  describe(`${name} keeps the contract`, () => {
    describe('tables', () => {
      tablesContract(open);
    });
    describe('fill', () => {
      fillContract(open);
    });
    describe('values', () => {
      valuesContract(open);
    });
    describe('claim', () => {
      claimContract(open);
    });
    describe('record', () => {
      recordContract(open);
    });
    describe('transitions', () => {
      transitionsContract(open);
    });
    describe('reports', () => {
      reportsContract(open);
    });
    describe('emissions', () => {
      emissionsContract(open);
    });
    describe('runners', () => {
      runnersContract(open);
    });
    describe('reap', () => {
      reapContract(open);
    });
    describe('a resumed experiment', () => {
      resumedContract(open);
    });
    describe('configurations of two ages', () => {
      agesContract(open);
    });
    describe('provenance', () => {
      provenanceContract(open);
    });
    describe('reading and reset', () => {
      readingContract(open);
    });
    describe('columns', () => {
      columnsContract(open);
    });
    describe('order and history', () => {
      orderContract(open);
    });
    describe('deleting experiments', () => {
      deleteContract(open);
    });
    describe('operation', () => {
      operationContract(open);
    });
    describe('interleaving', () => {
      interleavingContract(open);
    });
  });
};
