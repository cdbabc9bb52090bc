import { writeFileSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { configJsonSchema } from './src/program.js';

export default defineConfig({
  entry: ['src/main.ts'],
  format: 'esm',
  target: 'node20',
  clean: true,
  sourcemap: true,
  splitting: true,
  onSuccess: async () => {
    writeFileSync('dist/config.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  },
});
