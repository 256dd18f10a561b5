import { open, url } from 'node:inspector';
import type { ExperimentSource } from '../../../application/ports/ports.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { ExperimentFunction } from '../../../domain/experiment/experiment-function.ts';
import { loadExperiment } from '../../workers/experiment/load-module.ts';
import { wholeNumber } from '../arguments/selection.ts';

const PORT = '9229';

/**
 * Waits for a debugger, then loads the experiment into this very thread; it stops where the function begins. Nothing is
 * claimed yet, and Ctrl-C still ends the process. Throws `USAGE` for a command, which has a debugger of its own.
 */
export const debugged = async (source: ExperimentSource | null, port: string | true): Promise<ExperimentFunction> => {
  if (source?.kind !== 'module') {
    const found = source === null ? 'there is no experiment' : 'the experiment is a command';
    throw new ExperimenterError('USAGE', `--inspect-brk: ${found}; allowed is a module, which runs in this process`);
  }
  const number = wholeNumber(port === true ? PORT : port, '--inspect-brk');
  // Node itself tells where it listens.
  if (url() === undefined) open(number, '127.0.0.1', true);
  const experiment = await loadExperiment(source.file);
  return (parameters, context) => {
    // oxlint-disable-next-line no-debugger -- this is what the flag is for: step into the experiment from here
    debugger;
    return experiment(parameters, context);
  };
};
