import { defineConfig } from 'tsup';

/** How every package is built: one ESM bundle per entry with its types; whatever is declared in package.json stays outside. */
export const library = (entry: string[] = ['src/index.ts']) =>
  defineConfig({
    entry,
    format: 'esm',
    target: 'node20',
    dts: true,
    clean: true,
    sourcemap: true,
    treeshake: true,
  });
