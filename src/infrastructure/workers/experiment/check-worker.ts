import { parentPort, workerData } from 'node:worker_threads';
import { toErrorData } from '../execution/error-data.ts';
import { loadExperiment } from './load-module.ts';

/* The entry of the throw-away thread in which `checkModule` loads a module: answers null, or the error as plain data. */

const exit = process.exit.bind(process);
process.exit = (code) => {
  parentPort?.postMessage(toErrorData(new Error(`it calls process.exit(${code ?? 0}) while it is loaded`)));
  return exit(code);
};
const failed = (error: unknown) => {
  parentPort?.postMessage(toErrorData(error));
  exit(1);
};
process.on('uncaughtException', failed);
process.on('unhandledRejection', failed);

loadExperiment(workerData as string).then(() => {
  parentPort?.postMessage(null);
  exit(0); // what it left running is not waited for
}, failed);
