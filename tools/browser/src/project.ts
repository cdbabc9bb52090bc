import { cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '..', '..', '..', 'packages');
const installed = createRequire(import.meta.url);

/** What the page imports, and what that needs: ours as copies, tfjs as it is installed. */
const ours = ['backend', 'core', 'layers', 'losses', 'optim', 'rules', 'wasm-training'];
const theirs = ['tfjs-backend-wasm', 'tfjs-core', 'tfjs-layers'];

/**
 * Makes a project of the page in an empty folder, as somebody has it who installed the packages: folders under
 * node_modules with just the files that are published. Vite treats links into a workspace otherwise.
 */
export function makeProject(folder: string): void {
  cpSync(join(here, 'page'), folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  for (const name of ours) {
    const from = join(packages, name);
    const { files } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { files: string[] };
    for (const file of ['package.json', ...files]) {
      cpSync(join(from, file), join(modules, '@feedalign', name, file), { recursive: true });
    }
  }
  mkdirSync(join(modules, '@tensorflow'), { recursive: true });
  for (const name of theirs) {
    const manifest = installed.resolve(`@tensorflow/${name}/package.json`);
    symlinkSync(realpathSync(dirname(manifest)), join(modules, '@tensorflow', name), 'junction');
  }
}
