import { Logger, makeWorkerUtils, run } from 'graphile-worker';

/*
 * `node graphile-worker.mjs '{"n":…,"url":…}'`: no-op jobs, queued beforehand; prints how many a second one worker process
 * completes, from its start to when the table of jobs is empty (it deletes what is done, and keeps no results).
 */

const { n, url } = JSON.parse(process.argv[2] ?? '{}');
const schema = `bench_${process.pid}`;
const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') console.error(message);
});
const utils = await makeWorkerUtils({ connectionString: url, schema, logger });
await utils.migrate();
for (let from = 0; from < n; from += 5_000) {
  const jobs = Array.from({ length: Math.min(5_000, n - from) }, (_, i) => ({
    identifier: 'noop',
    payload: { a: from + i },
  }));
  await utils.addJobs(jobs);
}
const open = async () =>
  utils.withPgClient(async (pg) => (await pg.query(`SELECT EXISTS (SELECT FROM ${schema}._private_jobs) AS any`)).rows[0].any);

let executed = 0;
const all = Promise.withResolvers();
const begun = performance.now();
const runner = await run({
  preset: {
    worker: {
      connectionString: url,
      schema,
      logger,
      concurrentJobs: 100,
      localQueue: { size: 5_000 },
      completeJobBatchDelay: 10,
      failJobBatchDelay: 10,
    },
  },
  noHandleSignals: true,
  taskList: {
    noop: async () => {
      if ((executed += 1) === n) all.resolve();
    },
  },
});
await all.promise;
while (await open()) await new Promise((resolve) => setTimeout(resolve, 2));
const seconds = (performance.now() - begun) / 1_000;
await runner.stop();
await utils.withPgClient((pg) => pg.query(`DROP SCHEMA ${schema} CASCADE`));
await utils.release();
console.log(n / seconds);
