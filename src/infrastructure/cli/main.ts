import { CommanderError } from 'commander';
import { survivePipes } from './output/data-out.ts';
import { failureReport } from './output/exit-code.ts';
import { surviveHangup } from './output/hangup.ts';
import { flushOutputs } from './output/nonblocking.ts';
import { program } from './program.ts';

/** The command line. Never throws: a failure is written to stderr and sets `process.exitCode`. */
export const main = async (argv: readonly string[]): Promise<void> => {
  survivePipes();
  surviveHangup();
  try {
    await program().parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // help or version was printed
    const report = failureReport(error, argv.includes('--json'));
    process.stderr.write(`${report.text}\n`);
    process.exitCode = report.exitCode;
  } finally {
    await flushOutputs();
  }
};
