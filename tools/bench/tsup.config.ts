import { defineConfig } from 'tsup';

// Each entry is a process or a thread of its own; what they share goes into chunks, and a task is loaded when it is asked for.
export default defineConfig({
  entry: ['src/main.ts', 'src/subject.ts', 'src/limit-worker.ts'],
  format: 'esm',
  target: 'node20',
  clean: true,
  sourcemap: true,
  splitting: true,
});
