import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Where a Chromium is, of those that are at hand: the one that CHROMIUM_PATH or PLAYWRIGHT_CHROMIUM names, the
 * system's, or Playwright's own. None when there is none.
 */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    environment.CHROMIUM_PATH,
    environment.PLAYWRIGHT_CHROMIUM,
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    chromium.executablePath(),
  ];
  return candidates.find((path) => path && existsSync(path));
}

/** The npm package that carries a Chromium for Linux on x86-64: 64 MB, so that only who tests gets it. */
const packaged = { name: '@sparticuz/chromium', version: '147.0.0' };
const cache = fileURLToPath(new URL('../../../node_modules/.cache/feedalign/chromium', import.meta.url));

/** Gets a Chromium by npm, once. None where npm has none for this machine, or where it cannot be reached. */
export async function installChromium(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const home = join(cache, 'node_modules', packaged.name);
  try {
    if (!existsSync(home)) {
      mkdirSync(cache, { recursive: true });
      const given = [`${packaged.name}@${packaged.version}`, '--no-save', '--no-audit', '--no-fund'];
      execFileSync('npm', ['install', '--prefix', cache, ...given], { stdio: 'pipe' });
    }
    const entry = pathToFileURL(join(home, 'build', 'esm', 'index.js')).href;
    const { default: carried } = (await import(entry)) as { default: { executablePath(): Promise<string> } };
    return await carried.executablePath();
  } catch {
    return undefined;
  }
}
