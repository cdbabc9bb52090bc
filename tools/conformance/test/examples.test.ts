// The programs of the folder `examples`, as a newcomer runs them.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../../examples/', import.meta.url));
const fromSources = ['--import', import.meta.resolve('tsx'), '--conditions=@feedalign/source'];
const isBuilt = process.env.FEEDALIGN_TEST_BUILT === 'true';

/** Each program, the number that it prints last, and the least that this has to be. */
const programs: Readonly<Record<string, readonly [last: RegExp, least: number]>> = {
  'own-loop': [/test accuracy (\S+)/, 0.8],
  'own-rule': [/accuracy (\S+)/, 0.9],
  monitor: [/cosine of the gradients (\S+)\s*$/, 0.3],
  'directional-derivative': [/cosine (\S+)/, 0.999],
  regression: [/explained (\S+) %/, 90],
};

it('each has a row here, but for the first program, which goes on from what the README trains before', () => {
  const found = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  expect(found.sort()).toEqual([...Object.keys(programs), 'first'].map((name) => `${name}.mjs`).sort());
});

it.each(Object.entries(programs))('%s', async (name, [last, least]) => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...(isBuilt ? [] : fromSources),
    `${folder}${name}.mjs`,
  ]);
  expect(Number(stdout.match(last)?.[1])).toBeGreaterThan(least);
});
