// What `npm run mnist`, `npm run feedalign`, `npm run bench` and `npm test` call: it makes sure that the workspace is
// installed and built, with nothing on the machine but Node and npm, and then runs the task. All of its own output goes
// to stderr.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { matrix } from './matrix.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`feedalign needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(1);
}

// Its notice would stand between what the user asked for.
process.env.TURBO_TELEMETRY_DISABLED = '1';

// Ctrl-C reaches the command that runs, which ends in its own way; this process waits for it.
process.on('SIGINT', () => {});

/** Runs a command in the root; ends with its exit code when it fails. */
function run(command, args, { stdout = 2, cwd = root } = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd, stdio: ['inherit', stdout, 'inherit'] });
  if (error) {
    console.error(`${command} cannot be started: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}

/** pnpm of the version that package.json pins, through npm's own npx: nothing has to be installed before. */
const pnpm = (...args) => run('npx', ['--yes', packageManager, ...args]);

/** Does `work` when something that it depends on is newer than the last time it was done. */
function upToDate(name, inputs, work) {
  const stamp = join(root, 'node_modules', '.cache', 'feedalign', name);
  const newest = Math.max(...inputs.map(newestIn));
  if (existsSync(stamp) && statSync(stamp).mtimeMs > newest) return;
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
}

/** When the newest file below a path was changed; dist and node_modules do not count. */
function newestIn(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  const entries = readdirSync(path).filter(
    (entry) => entry !== 'dist' && entry !== 'node_modules' && entry !== '.turbo',
  );
  return Math.max(0, ...entries.map((entry) => newestIn(join(path, entry))));
}

const members = ['packages', 'apps', 'tools'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
);
const manifests = members.map((member) => join(member, 'package.json')).filter(existsSync);
const lock = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((file) => join(root, file));

const install = () =>
  upToDate('installed', [...lock, ...manifests], () =>
    pnpm('install', '--frozen-lockfile', '--prefer-offline'),
  );
const sources = [...lock, join(root, 'packages'), join(root, 'apps'), join(root, 'tools/bench')];
const turbo = (...jobs) => pnpm('exec', 'turbo', 'run', ...jobs, '--output-logs=errors-only');
const build = () => upToDate('built', sources, () => turbo('build'));
/** What users of packages need, and nobody who runs a command here. */
const declarations = () =>
  upToDate('declared', sources, () =>
    run(process.execPath, [join(root, 'tools/workspace/declarations.mjs')]),
  );

/** Tests of which `npm test` runs a part. */
const atLength = ['conformance', 'early', 'forward-gradients', 'forward-gradient-variance'].map(
  (name) => `tools/conformance/test/${name}.test.ts`,
);

const tasks = {
  feedalign: (args) => {
    install();
    build();
    const child = spawn(process.execPath, [join(root, 'apps/cli/dist/main.js'), ...args], {
      stdio: 'inherit',
      // Where the user typed the command is where relative paths begin.
      cwd: process.env.INIT_CWD ?? process.cwd(),
      // In messages a command is as one types it here.
      env: { ...process.env, FEEDALIGN_COMMAND: 'npm run -s feedalign --' },
    });
    // A request to end comes to this process alone.
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
  },
  bench: (args) => {
    install();
    build();
    run(process.execPath, [join(root, 'tools/bench/dist/main.js'), ...args], { stdout: 'inherit' });
  },
  test: (args) => {
    install();
    // Not beside the build, whose passing files would be found unused.
    pnpm('run', 'lint');
    turbo('build', 'typecheck');
    declarations();
    pnpm('exec', 'size-limit', '--silent');
    process.env.FEEDALIGN_TEST_BUILT = 'true';
    run('npx', ['--yes', packageManager, 'exec', 'vitest', 'run', ...args], { stdout: 'inherit' });
  },
  /** A tarball of each package in `packed/`, as npm would have it: `npm install path/to/packed/*.tgz`. */
  pack: () => {
    install();
    build();
    declarations();
    const folder = join(root, 'packed');
    mkdirSync(folder, { recursive: true });
    const those = ['./packages/*', './apps/*'].flatMap((group) => ['--filter', group]);
    pnpm(...those, '-r', 'pack', '--pack-destination', folder);
  },
  /** The attack suite at full length: minutes. */
  attack: (args) => {
    install();
    process.env.FEEDALIGN_ATTACK = 'full';
    const paths = args.length > 0 ? args : ['tools/conformance/attack', ...atLength];
    run('npx', ['--yes', packageManager, 'exec', 'vitest', 'run', ...paths], { stdout: 'inherit' });
  },
  matrix: (args) => {
    install();
    process.exitCode = matrix(root, args) ? 0 : 1;
  },
};

const [task, ...args] = process.argv.slice(2);
tasks[task](args);
