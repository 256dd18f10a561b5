import { ManualClock } from '../support/manual-clock.ts';
import { type MemoryDatabase, MemoryRepository } from '../support/memory-repository.ts';
import { experimentRepositoryContract } from './experiment-repository.ts';

experimentRepositoryContract('MemoryRepository', async (study) => {
  const clock = new ManualClock();
  const database: MemoryDatabase = {};
  return {
    repository: new MemoryRepository(study, clock, database),
    another: async (other = study) => new MemoryRepository(other, clock, database),
    expire: async (runnerId) => {
      const runner = database.tables?.runners.get(runnerId);
      if (runner) runner.expiresAt = 0;
    },
    forget: async (runnerId) => void database.tables?.runners.delete(runnerId),
    elapse: async (milliseconds) => clock.advance(milliseconds),
    close: async () => {},
  };
});
