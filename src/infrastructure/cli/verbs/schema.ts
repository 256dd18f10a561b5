import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb } from '../arguments/flags.ts';

/** Prints the JSON Schema of configuration files. */
export const schema: Verb = async () => {
  const { configurationJsonSchema } = await import('../../config/schema/json-schema.ts');
  await print(JSON.stringify(configurationJsonSchema(), null, 2));
  return ExitCode.Success;
};
