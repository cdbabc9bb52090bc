import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Tests run from the sources: the export condition below leads each package to its src folder, so nothing is built first.
const conditions = ['@feedalign/source', 'module', 'import', 'default'];

// `npm run test:matrix` says on how many threads the WASM engine computes, and whether with relaxed SIMD, which Node 20
// has behind a flag of V8's.
const { FEEDALIGN_TEST_THREADS: threads, FEEDALIGN_TEST_RELAXED: relaxed } = process.env;
const needsFlag = relaxed === 'true' && process.versions.node.startsWith('20.');

/** Files of half a minute and more. The longest begin: one that began last would leave the other cores idle. */
const long = [
  'tools/conformance/test/conformance',
  'apps/cli/test/cli',
  'tools/packages/test/packed',
  'apps/cli/test/reproduce',
  'tools/conformance/test/training-kernels',
  'tools/conformance/test/weight-mirror',
  'apps/cli/test/runs',
  'apps/cli/test/output',
  'apps/cli/test/doctor',
  'packages/experiments/test/training',
  'tools/conformance/test/forward-gradients',
  'packages/experiments/test/reproduce',
  'tools/conformance/test/equals-backpropagation',
  'tools/browser/test/browser',
];
const place = ({ moduleId }: TestSpecification) => {
  const found = long.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return found < 0 ? long.length : found;
};

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

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
    // A file for each core: vitest would leave one idle.
    maxWorkers: availableParallelism(),
    // No test is right or wrong by its time: on a machine that does other work a slow one is slow, and passes.
    testTimeout: 900_000,
    sequence: { sequencer: LongestFirst },
    hookTimeout: 900_000,
  },
});
