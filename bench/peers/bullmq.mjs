import { Queue, Worker } from 'bullmq';

/*
 * `node bullmq.mjs '{"n":…,"port":…,"keep":…}'`: no-op jobs that return two values, queued beforehand; prints how many a
 * second one worker process completes, from the worker's making to the last job's completion. `keep`: completed jobs
 * stay with their results; otherwise Redis forgets each as it is completed.
 */

const CONCURRENCY = 200;
const { n, port, keep } = JSON.parse(process.argv[2] ?? '{}');
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
const queue = new Queue('bench', { connection, defaultJobOptions: { removeOnComplete: !keep, removeOnFail: !keep } });
for (let from = 0; from < n; from += 5_000) {
  const jobs = Array.from({ length: Math.min(5_000, n - from) }, (_, i) => ({ name: 'noop', data: { a: from + i } }));
  await queue.addBulk(jobs);
}

const begun = performance.now();
const worker = new Worker('bench', async ({ data: { a } }) => ({ x: a / 3, y: a * 2 }), {
  connection,
  concurrency: CONCURRENCY,
});
let completed = 0;
await new Promise((resolve, reject) => {
  worker.on('completed', () => ((completed += 1) === n ? resolve() : undefined));
  worker.on('failed', (_, error) => reject(error instanceof Error ? error : new Error(String(error))));
});
const seconds = (performance.now() - begun) / 1_000;
const counts = await queue.getJobCounts('waiting', 'active', 'completed');
if (counts.waiting + counts.active !== 0 || (keep && counts.completed !== n)) {
  throw new Error(`not everything is completed: ${JSON.stringify(counts)}`);
}
await worker.close();
await queue.close();
console.log(n / seconds);
