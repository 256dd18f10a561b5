import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../system/clock.ts';
import { mysqlDatabase } from '../mysql/mysql-driver.ts';
import { SqlRepository } from '../sql-repository.ts';
import { sqliteDatabase } from '../sqlite/sqlite-driver.ts';
import type { StandbyData, StandbyFailure, StandbyMessage } from './standby.ts';
import { StandbyBeats } from './standby-beats.ts';
import { StandbyCell } from './standby-cell.ts';

/*
 * The entry of the standby thread of a runner.
 */

const { study, place, cell, ...runner } = workerData as StandbyData;

const beats = new StandbyBeats({
  ...runner,
  cell: new StandbyCell(cell),
  clock: systemClock,
  open: () => {
    const database =
      place.provider === 'sqlite'
        ? sqliteDatabase(place.options)
        : mysqlDatabase(place.options, { connectionLimit: 1 });
    return new SqlRepository(study, database, place.options);
  },
  onFailure: (error) => parentPort?.postMessage({ failed: String(error) } satisfies StandbyFailure),
});

parentPort?.on('message', (message: StandbyMessage) => {
  if (message === 'close') beats.wake();
  else beats.setRunner(message.runnerId);
});

void beats.run().finally(() => parentPort?.close());
