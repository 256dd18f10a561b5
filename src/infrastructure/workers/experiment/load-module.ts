import { pathToFileURL } from 'node:url';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { ExperimentFunction } from '../../../domain/experiment/experiment-function.ts';
import { preview } from '../execution/error-data.ts';
import { registerModuleHooks } from './experiment-modules.ts';

/** Imports a module's default export. Throws `MODULE_INVALID` if it is no function; what the import throws stays the cause. */
export const loadExperiment = async (file: string): Promise<ExperimentFunction> => {
  registerModuleHooks();
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new ExperimenterError('MODULE_INVALID', `${file} cannot be loaded`, { cause: error });
  }
  const exported = unwrapped(module['default']);
  if (typeof exported === 'function') return exported as ExperimentFunction;
  const names = Object.keys(module).join(', ') || 'nothing';
  const found =
    'default' in module
      ? `its default export is ${preview(module['default'])}`
      : `it has no default export; it exports ${names}`;
  throw new ExperimenterError(
    'MODULE_INVALID',
    `${file} holds no experiment function: ${found}. Write: export default defineExperiment(async ({ keyfields }) => { … })`,
  );
};

/** What CommonJS made of an ES module has its default export one level deeper. */
const unwrapped = (exported: unknown): unknown =>
  typeof exported === 'object' && exported !== null && 'default' in exported ? exported.default : exported;
