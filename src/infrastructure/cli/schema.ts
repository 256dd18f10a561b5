import { print } from './data-out.ts';
import { ExitCode } from './exit-code.ts';
import type { Verb } from './flags.ts';

/** Prints the JSON Schema of configuration files. */
export const schema: Verb = async () => {
  const { configurationJsonSchema } = await import('../config/json-schema.ts');
  await print(JSON.stringify(configurationJsonSchema(), null, 2));
  return ExitCode.Success;
};
