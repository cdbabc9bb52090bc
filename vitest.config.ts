import { defineConfig } from 'vitest/config';

// Tests run from the sources: the export condition below leads each package to its src folder, so nothing is built first.
const conditions = ['@feedalign/source', 'module', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tools/*/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
