import { createInterface } from 'node:readline';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Flags } from './flags.ts';

/**
 * Asks for confirmation on a terminal. Elsewhere it throws `CONFIRMATION_NEEDED`, which names the flag that confirms.
 * `consequence` is a sentence about what would be lost.
 */
export const confirm = async (consequence: string, { yes, json }: Flags): Promise<void> => {
  if (yes === true) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY || json === true) {
    throw new ExperimenterError('CONFIRMATION_NEEDED', `${consequence} Nothing was done; give --yes to do it.`);
  }
  const answer = await ask(`${consequence} Do it? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new ExperimenterError('CONFIRMATION_NEEDED', 'nothing was done.');
};

/** The answer to a question on a terminal; empty for Ctrl-C and Ctrl-D. */
export const ask = async (question: string): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve) => {
      // Ctrl-C and Ctrl-D mean no.
      terminal.once('SIGINT', () => resolve(''));
      terminal.once('close', () => resolve(''));
      terminal.question(question, resolve);
    });
  } finally {
    terminal.close();
  }
};
