import { fileURLToPath } from 'node:url';

/** The path of another entry: beside this file where the tool is built, and where it runs from its sources. */
export const besideThis = (entry: string) => {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./${entry}.${ending}`, import.meta.url));
};
