// What `npm run test:matrix` does: the tests on each version of Node, with one thread and with two, with relaxed SIMD and
// without. Other versions of Node come as npm packages.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const versions = [20, 22, 24, 26];
const settings = [1, 2].flatMap((threads) => [true, false].map((relaxed) => ({ threads, relaxed })));

/** Unless paths are named: the suites whose results depend on the engine. `npm test` runs the others. */
const suites = [
  'packages/backend',
  'packages/layers',
  'packages/losses',
  'packages/optim',
  'packages/rules',
  'packages/step',
  'packages/train',
  'packages/wasm-training',
  'tools/conformance',
];

/** The program of this version of Node: the one that runs, or the newest that npm has. */
function nodeOf(version) {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  const found = spawnSync(
    'npx',
    ['--yes', '--package', `node@${version}`, 'node', '-p', 'process.execPath'],
    {
      encoding: 'utf8',
    },
  );
  if (found.status !== 0) throw new Error(`Node ${version} cannot be had from npm: ${found.stderr}`);
  return found.stdout.trim();
}

/** One run of the tests. Its output is shown only when it fails. */
function runTests(root, node, { threads, relaxed }, paths, report) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(
    node,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile=${report}`,
      ...paths,
    ],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: { ...process.env, FEEDALIGN_TEST_THREADS: `${threads}`, FEEDALIGN_TEST_RELAXED: `${relaxed}` },
    },
  );
  const seconds = Math.round((Date.now() - started) / 1000);
  if (status !== 0) console.error(`${stdout}\n${stderr}`);
  return { isPassed: status === 0, seconds, ...counts(report) };
}

/** How many tests passed and failed; none when vitest itself did not get so far. */
function counts(report) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

const line = (...cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(9) : cell.padStart(14))).join('');
const row = ({ version, threads, relaxed, isPassed, passed, failed, seconds }) =>
  line(
    `Node ${version}`,
    `${threads}`,
    relaxed ? 'relaxed' : 'plain',
    `${passed}`,
    `${failed}`,
    `${seconds} s`,
    isPassed ? 'pass' : 'FAIL',
  );

/** Runs the tests in every setting and prints a table; whether all of them passed. */
export function matrix(root, args) {
  const paths = args.length > 0 ? args : suites;
  console.log(`Tests of ${paths.join(', ')}\n`);
  console.log(line('', 'threads', 'SIMD', 'passed', 'failed', 'time', ''));
  const folder = mkdtempSync(join(tmpdir(), 'feedalign-matrix-'));
  const report = join(folder, 'report.json');
  const results = [];
  try {
    for (const version of versions) {
      const node = nodeOf(version);
      for (const setting of settings) {
        const result = { version, ...setting, ...runTests(root, node, setting, paths, report) };
        rmSync(report, { force: true });
        results.push(result);
        console.log(row(result));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const failed = results.filter(({ isPassed }) => !isPassed);
  console.log(failed.length === 0 ? '\nAll passed.' : `\n${failed.length} of ${results.length} failed:`);
  for (const each of failed) console.log(row(each));
  return failed.length === 0;
}
