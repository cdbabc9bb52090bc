// The types of every package, by one run of the compiler, laid beside what was built: a bundler of types for each package
// took three times as long as everything else in the build.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const emitted = join(root, 'node_modules/.cache/feedalign/declarations');

rmSync(emitted, { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.declarations.json')], {
  stdio: ['ignore', 2, 'inherit'],
});
if (status !== 0) process.exit(status ?? 1);
for (const name of readdirSync(join(emitted, 'packages'))) {
  const types = join(emitted, 'packages', name, 'src');
  if (existsSync(types)) cpSync(types, join(root, 'packages', name, 'dist'), { recursive: true });
}
