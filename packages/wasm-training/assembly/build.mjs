// Compiles the assembly twice, with plain and with relaxed SIMD, and writes both into one TypeScript module: a few
// kilobytes of text, which every bundler carries along without being told.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const sources = ['product.ts', 'elementwise.ts'];

/** @param {boolean} relaxed */
async function compiled(relaxed) {
  const entry = `const RELAXED: bool = ${relaxed};\n${sources
    .map((file) => readFileSync(join(here, file), 'utf8').replace('declare const RELAXED: bool;', ''))
    .join('\n')}`;
  const options = [
    'entry.ts',
    '--outFile',
    'engine.wasm',
    '--runtime',
    'stub',
    '--importMemory',
    '-O3',
    '--noAssert',
  ];
  const features = ['--enable', 'simd', ...(relaxed ? ['--enable', 'relaxed-simd'] : [])];
  let binary;
  const { error, stderr } = await asc.main([...options, ...features], {
    readFile: (name) => (name === 'entry.ts' ? entry : null),
    writeFile: (name, contents) => {
      if (name === 'engine.wasm') binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return Buffer.from(binary).toString('base64');
}

const folder = join(here, '..', 'src', 'generated');
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'binaries.ts'),
  `// Made by assembly/build.mjs from the sources beside it.\nexport const plain = '${await compiled(false)}';\nexport const relaxed = '${await compiled(true)}';\n`,
);
