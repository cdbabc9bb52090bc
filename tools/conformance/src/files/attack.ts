// Runs a child that reads changed files, ends it when it hangs, and starts another behind what it hung at.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A file may take so long, and a process reads so many: what one leaves behind is not the next one's. */
const SECONDS = 5;
const A_PROCESS = 250;

/** The child as one file, made from the sources. */
export async function bundled(): Promise<{ script: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'feedalign-attack-'));
  const script = join(folder, 'child.mjs');
  await build({
    entryPoints: [here('child.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@feedalign/source'],
    // One copy of tfjs, however it is asked for.
    mainFields: ['module', 'main'],
    logLevel: 'error',
    // tfjs asks for modules of Node in the way of CommonJS.
    banner: {
      js: "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);",
    },
  });
  return { script, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What went wrong with the changed files of a format: nothing, it is hoped. */
export async function faultsOf(script: string, format: string, count: number): Promise<string[]> {
  const faults: string[] = [];
  // Twenty are enough to see what is wrong.
  for (let next = 0; next < count && faults.length < 20; ) {
    next = await once(script, format, next, Math.min(count, next + A_PROCESS), faults);
  }
  return faults;
}

function once(
  script: string,
  format: string,
  first: number,
  last: number,
  faults: string[],
): Promise<number> {
  const args = ['--max-old-space-size=384', script, format, String(first), String(last)];
  const env = { ...process.env, FEEDALIGN_FIXTURES: here('../../../../packages/keras/fixtures') };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let at = first;
  let isHung = false;
  let said = '';
  child.stderr.on('data', (data) => {
    said = `${said}${data}`.slice(-500);
  });
  const watch = () =>
    setTimeout(() => {
      isHung = true;
      child.kill('SIGKILL');
    }, SECONDS * 1000);
  // Starting takes time as well, on a machine that does other work.
  let timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  createInterface(child.stdout).on('line', (line) => {
    clearTimeout(timer);
    timer = watch();
    const { begun, ended, fault } = JSON.parse(line) as { begun?: number; ended?: number; fault?: string };
    if (begun !== undefined) at = begun;
    if (ended !== undefined) at = ended + 1;
    if (fault) faults.push(`${format} ${ended}: ${fault}`);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      if (at >= last || code === 3) return resolve(at);
      faults.push(
        `${format} ${at}: ${isHung ? `took more than ${SECONDS} s` : `ended the process (${code}): ${said}`}`,
      );
      resolve(at + 1);
    });
  });
}
