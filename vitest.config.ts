import { defineConfig } from 'vitest/config';

// Tests run from the sources: the export condition below leads each package to its src folder, so nothing is built first.
const conditions = ['@feedalign/source', 'module', 'import', 'default'];

// `npm run test:matrix` says on how many threads the WASM engine computes, and whether with relaxed SIMD, which Node 20
// has behind a flag of V8's.
const { FEEDALIGN_TEST_THREADS: threads, FEEDALIGN_TEST_RELAXED: relaxed } = process.env;
const needsFlag = relaxed === 'true' && process.versions.node.startsWith('20.');

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'tools/*/test/**/*.test.ts',
      'tools/*/attack/**/*.test.ts',
    ],
    setupFiles: threads || relaxed ? ['tools/conformance/src/engine-settings.ts'] : [],
    execArgv: needsFlag ? ['--experimental-wasm-relaxed-simd'] : [],
    testTimeout: process.env.FEEDALIGN_ATTACK === 'full' ? 1_200_000 : 60_000,
    hookTimeout: 60_000,
  },
});
