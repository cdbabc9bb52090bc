import { defineConfig } from 'tsup';

/** How every package is built: one ESM bundle per entry; whatever is declared in package.json stays outside. Types: tools/workspace/declarations.mjs. */
export const library = (entry: string[] = ['src/index.ts']) =>
  defineConfig({
    entry,
    format: 'esm',
    target: 'node20',
    clean: true,
    sourcemap: true,
    treeshake: true,
  });
