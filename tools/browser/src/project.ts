import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '..', '..', '..', 'packages');

interface Manifest {
  readonly files: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as Manifest;

/** What the page imports. */
const imported = ['layers', 'rules', 'wasm-training'];
const tfjs = ['tfjs-backend-wasm', 'tfjs-core', 'tfjs-layers'].map((name) => `@tensorflow/${name}`);

const scope = '@feedalign/';
/** These packages of ours and all that they depend on. */
function withDependencies(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    const needed = Object.keys(manifestOf(name).dependencies ?? {});
    const own = needed.filter((each) => each.startsWith(scope));
    withDependencies(
      own.map((each) => each.slice(scope.length)),
      found,
    );
  }
  return found;
}

/** The folder of an installed package, as the file at `from` sees it. */
const folderOf = (name: string, from: string) =>
  realpathSync(dirname(createRequire(from).resolve(`${name}/package.json`)));

/**
 * Makes a project of the page in an empty folder, as somebody has it who installed the packages: ours as folders
 * under node_modules with just the files that are published, since Vite treats links into a workspace otherwise; the rest
 * as it is installed.
 */
export function makeProject(folder: string): void {
  cpSync(join(here, 'page'), folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  const link = (name: string, from: string) => {
    const place = join(modules, name);
    if (existsSync(place)) return;
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(folderOf(name, from), place, 'junction');
  };
  for (const name of withDependencies(imported)) {
    const from = join(packages, name);
    const { files, dependencies = {} } = manifestOf(name);
    for (const file of ['package.json', ...files]) {
      cpSync(join(from, file), join(modules, scope, name, file), { recursive: true });
    }
    const others = Object.keys(dependencies).filter((each) => !each.startsWith(scope));
    for (const each of others) link(each, join(from, 'package.json'));
  }
  for (const name of tfjs) link(name, import.meta.url);
}
