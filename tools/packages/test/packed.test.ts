import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The packages as their users get them. They must be built first: `npm test` does that.

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const place = mkdtempSync(join(tmpdir(), 'feedalign-packed-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, unknown>;
  readonly bin?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}
const folders = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name)),
);
const packages = folders.map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest,
}));
const tarballs = new Map<string, string>();

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const pnpm = (args: string[], cwd: string) => run('npx', ['--yes', packageManager, ...args], cwd);

/** What each package does when somebody who has only it tries it: one statement that must print `ok`. */
const uses: Readonly<Record<string, string>> = {
  '@feedalign/core': `import { createRng } from '@feedalign/core'; if (createRng(1).permutation(5).length === 5) console.log('ok');`,
  '@feedalign/backend': `import { product, useBackend } from '@feedalign/backend'; import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-cpu'; await useBackend('cpu');
    if (product({ a: tf.ones([2, 3]), b: tf.ones([3, 2]) }, {}).dataSync()[0] === 3) console.log('ok');`,
  '@feedalign/losses': `import { losses } from '@feedalign/losses'; if (losses.meanSquaredError.activation === 'linear') console.log('ok');`,
  '@feedalign/rules': `import { rules, fa } from '@feedalign/rules'; if (rules.fa.make().name === fa().name) console.log('ok');`,
  '@feedalign/layers': `import { adapters } from '@feedalign/layers'; if (adapters.Dense) console.log('ok');`,
  '@feedalign/optim': `import { cosine } from '@feedalign/optim'; if (cosine(1, { steps: 2 })(2) === 0) console.log('ok');`,
  '@feedalign/step': `import { startSteps } from '@feedalign/step'; if (typeof startSteps === 'function') console.log('ok');`,
  '@feedalign/metrics': `import { correctPredictions } from '@feedalign/metrics'; if (correctPredictions([0, 1], [1]) === 1) console.log('ok');`,
  '@feedalign/experiments': `import { experiments, reproduce } from '@feedalign/experiments';
    for await (const event of reproduce(['B2'], { seeds: 1 })) if (event.type === 'verdict' && event.pass && experiments.length > 1) console.log('ok');`,
  '@feedalign/models': `import { createModel } from '@feedalign/models'; import '@tensorflow/tfjs-backend-cpu';
    if (createModel('mlp:112,16', { inputShape: [28, 28, 1], classes: 10 }).countParams() === 89898) console.log('ok');`,
  '@feedalign/keras': `import { loadKerasModel, normalizeTopology } from '@feedalign/keras'; import '@feedalign/keras/node';
    if (typeof loadKerasModel === 'function' && normalizeTopology({ backend: 'tensor_flow.js' }).backend) console.log('ok');`,
  '@feedalign/datasets': `import { loadDataset } from '@feedalign/datasets/node'; if ((await loadDataset('mnist')).test.count === 10000) console.log('ok');`,
  '@feedalign/train': `import { train } from '@feedalign/train'; if (typeof train === 'function') console.log('ok');`,
  '@feedalign/wasm-training': `import '@tensorflow/tfjs-backend-wasm'; import * as tf from '@tensorflow/tfjs-core';
    import { trainingEngine } from '@feedalign/wasm-training'; await tf.setBackend('wasm');
    if (trainingEngine() && tf.matMul(tf.ones([3, 5]), tf.ones([3, 9]), true).dataSync()[44] === 3) console.log('ok');`,
  '@feedalign/figures': `import { figureToSvg } from '@feedalign/figures'; import { svgToPng } from '@feedalign/figures/png';
    const svg = figureToSvg({ title: 'a', panels: [] }); if (svgToPng(svg).length > 100) console.log('ok');`,
};

beforeAll(() => {
  const packed = join(place, 'tarballs');
  mkdirSync(packed, { recursive: true });
  const those = folders.flatMap((folder) => ['--filter', `./${relative(root, folder)}`]);
  pnpm([...those, '-r', 'pack', '--pack-destination', packed], root);
  const files = readdirSync(packed);
  for (const { manifest } of packages) {
    const start = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
    tarballs.set(manifest.name, join(packed, files.find((file) => file === start) as string));
  }
}, 900_000);

/** An empty project; what it asks of our own packages comes from the tarballs. */
function project(name: string, dependencies: Readonly<Record<string, string>>): string {
  const folder = join(place, 'projects', name.replace('/', '-'));
  mkdirSync(folder, { recursive: true });
  const ours = Object.fromEntries([...tarballs].map(([each, tarball]) => [each, `file:${tarball}`]));
  const manifest = { name: 'empty', private: true, type: 'module', dependencies, pnpm: {} };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(folder, 'pnpm-workspace.yaml'),
    JSON.stringify({
      overrides: ours,
      allowBuilds: { esbuild: false },
      pmOnFail: 'ignore',
      autoInstallPeers: false,
    }),
  );
  pnpm(['install', '--prefer-offline', '--ignore-scripts'], folder);
  return folder;
}

const peersOf = ({ peerDependencies = {}, peerDependenciesMeta = {} }: Manifest) =>
  Object.fromEntries(
    Object.entries(peerDependencies).filter(([name]) => !peerDependenciesMeta[name]?.optional),
  );

describe.each(packages.map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest })))(
  '$name',
  ({ name, folder, manifest }) => {
    it('passes publint', async () => {
      const { messages } = await publint({ pkgDir: folder, strict: true });
      expect(messages).toEqual([]);
    });

    // The command has no types and no entry to import: its own test is the last one below.
    it.skipIf(manifest.bin)('has types that resolve (attw)', () => {
      const attw = join(root, 'tools', 'packages', 'node_modules', '.bin', 'attw');
      // ESM only: CommonJS reaches it by require(esm), which every supported Node has.
      run(
        attw,
        [tarballs.get(name) as string, '--profile', 'esm-only', '--exclude-entrypoints', './package.json'],
        root,
      );
    });

    it.skipIf(manifest.bin)('installs alone, imports and works', { timeout: 120_000 }, () => {
      const dependencies = {
        [name]: `file:${tarballs.get(name)}`,
        ...peersOf(manifest),
        '@tensorflow/tfjs-backend-cpu': '4.22.0',
        '@tensorflow/tfjs-core': '4.22.0',
      };
      const empty = project(name, dependencies);
      writeFileSync(join(empty, 'use.mjs'), uses[name]);
      expect(run(process.execPath, ['use.mjs'], empty)).toContain('ok');
    });
  },
);

const program = `
  import * as tf from '@tensorflow/tfjs-core';
  import '@tensorflow/tfjs-backend-cpu';
  import { layers, sequential } from '@tensorflow/tfjs-layers';
  import { convert } from '@feedalign/layers';
  import { dfa } from '@feedalign/rules';

  const model = sequential({ layers: [
    layers.dense({ units: 8, activation: 'relu', inputShape: [4] }),
    layers.dense({ units: 2, activation: 'softmax' }),
  ] });
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const handle = convert(model, dfa());
  const loss = await model.trainOnBatch(tf.ones([3, 4]), tf.oneHot(tf.tensor1d([0, 1, 0], 'int32'), 2));
  console.log(Number.isFinite(loss) && handle.steps === 1 ? 'ok' : 'wrong');
`;

describe('together in one empty project', () => {
  let folder = '';
  beforeAll(() => {
    folder = project('together', {
      '@feedalign/layers': `file:${tarballs.get('@feedalign/layers')}`,
      '@feedalign/rules': `file:${tarballs.get('@feedalign/rules')}`,
      feedalign: `file:${tarballs.get('feedalign')}`,
      '@tensorflow/tfjs-backend-cpu': '4.22.0',
      '@tensorflow/tfjs-core': '4.22.0',
      '@tensorflow/tfjs-layers': '4.22.0',
    });
    writeFileSync(join(folder, 'program.mjs'), program);
  }, 900_000);

  it('a converted model trains in ESM', () => {
    expect(run(process.execPath, ['program.mjs'], folder)).toContain('ok');
  });

  const bundled = (platform: 'browser' | 'node', outfile: string) =>
    build({
      absWorkingDir: folder,
      entryPoints: ['program.mjs'],
      bundle: true,
      format: 'esm',
      platform,
      mainFields: ['module', 'main'],
      outfile: join(folder, outfile),
      metafile: true,
      logLevel: 'silent',
      // What tfjs-core asks of Node when it is bundled for it.
      banner: platform === 'node' ? { js: requireBanner } : {},
    });
  const requireBanner =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

  it('bundles for the browser, with one copy of tfjs-core in it', async () => {
    const { metafile, warnings } = await bundled('browser', 'browser.mjs');
    const copies = Object.keys(metafile?.inputs ?? {}).filter((input) =>
      input.endsWith('tfjs-core/dist/engine.js'),
    );
    expect(copies.length).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('bundles for Node, and the bundle trains', async () => {
    await bundled('node', 'node.mjs');
    expect(run(process.execPath, ['node.mjs'], folder)).toContain('ok');
  });

  it('the command runs from its package', () => {
    const command = join(folder, 'node_modules', '.bin', 'feedalign');
    const lines = run(
      command,
      ['train', '--dataset', 'spirals', '--model', 'mlp:16', '--epochs', '2', '--json'],
      folder,
    );
    const last = JSON.parse(lines.trim().split('\n').at(-1) as string);
    expect(last).toMatchObject({ type: 'result', rule: 'dfa', dataset: 'spirals', epochs: 2 });
  });
});
