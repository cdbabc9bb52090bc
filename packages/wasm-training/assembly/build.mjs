// Compiles the assembly into TypeScript modules of text, which every bundler carries along without being told:
//   generated/engine.ts  the kernels, with plain and with relaxed SIMD, and what they take
//   generated/limit.ts   the loops that measure the machine's limit
//
// A kernel is an exported function whose last parameters are `part` and `parts`: it does that part of the work. From
// its signature this script makes its case of `perform`, by which threads call it, and its row in the table by which
// TypeScript does. A parameter `local` before them gets the thread's own scratch.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const generated = join(here, '..', 'src', 'generated');

/** The kernels that a source exports: their names and their parameters, [name, type]. */
function kernelsIn(source) {
  return [...source.matchAll(/^export function (\w+)\(([^)]*)\)/gm)]
    .map(([, name, list]) => ({
      name,
      parameters: [...list.matchAll(/(\w+): (\w+)/g)].map(([, parameter, type]) => [parameter, type]),
    }))
    .filter(
      ({ parameters }) =>
        parameters
          .slice(-2)
          .map(([name]) => name)
          .join() === 'part,parts',
    )
    .map(({ name, parameters }) => {
      const given = parameters.slice(0, -2);
      const isLocal = given.at(-1)?.[0] === 'local';
      return { name, isLocal, given: isLocal ? given.slice(0, -1) : given };
    });
}

const sources = readdirSync(here).filter((file) => file.endsWith('.ts') && file !== 'limit.ts');
const kernels = sources.flatMap((file) =>
  kernelsIn(readFileSync(join(here, file), 'utf8')).map((kernel) => ({
    ...kernel,
    module: file.slice(0, -3),
  })),
);

/** Whether a parameter is an address, as assembly/effects.ts names them. */
const isAddress = (type) => ['reads', 'writes', 'changes'].includes(type);

/** The function by which threads call any kernel, its arguments read from the control block. */
const tasks = () => {
  const imports = kernels.map(({ name, module }) => `import { ${name} } from './${module}';`);
  const cases = kernels.map(({ name, isLocal, given }, task) => {
    const loads = given.map(([, type], i) => `load<${isAddress(type) ? 'usize' : type}>(args, ${i * 4})`);
    return `    case ${task}: ${name}(${[...loads, ...(isLocal ? ['local'] : []), 'part', 'parts'].join(', ')}); break;`;
  });
  return [
    ...imports,
    'export function perform(task: i32, args: usize, part: i32, parts: i32, local: usize): void {',
    '  switch (task) {',
    ...cases,
    '  }',
    '}',
  ].join('\n');
};

const entries = {
  engine: [
    "export { dispatch, quiet, serve } from './threads';",
    "export { perform } from './tasks';",
    "export { replay } from './replay';",
  ].join('\n'),
  limit: "export * from './limit';",
};

async function compiled(entry, relaxed) {
  const virtual = { 'entry.ts': entries[entry], 'tasks.ts': tasks() };
  let binary;
  const { error, stderr } = await asc.main(
    [
      'entry.ts',
      ...['--outFile', 'engine.wasm', '--runtime', 'stub', '-O3', '--noAssert', '--enable', 'simd'],
      ...(entry === 'engine'
        ? ['--importMemory', '--sharedMemory', '--maximumMemory', '65536', '--enable', 'threads']
        : []),
      ...(relaxed ? ['--enable', 'relaxed-simd'] : []),
    ],
    {
      readFile: (name) => {
        const path = join(here, name);
        return virtual[name] ?? (existsSync(path) ? readFileSync(path, 'utf8') : null);
      },
      writeFile: (name, contents) => {
        if (name === 'engine.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return Buffer.from(binary).toString('base64');
}

async function write(entry, more = '', imports = '') {
  const [plain, relaxed] = [await compiled(entry, false), await compiled(entry, true)];
  const text = `export const plain =\n  '${plain}';\nexport const relaxed =\n  '${relaxed}';\n`;
  writeFileSync(join(generated, `${entry}.ts`), `// Made by assembly/build.mjs.\n${imports}${text}${more}`);
  console.log(`${entry}: ${[plain, relaxed].map((text) => `${(text.length * 0.75) / 1000} kB`).join(', ')}`);
}

/** What TypeScript has to know of a parameter: what the kernel does at its address, or how its number is written. */
const takes = (type) => (['f32', 'i32'].includes(type) ? 'Scalar' : 'number');
const kindOf = (type) => (type === 'usize' ? 'i32' : type);
const table = `
/** A kernel: its task number, its parameters, and for each what is done at its address or how its number is written. */
export interface KernelRow {
  readonly task: number;
  readonly names: readonly string[];
  readonly kinds: readonly ('reads' | 'writes' | 'changes' | 'i32' | 'f32')[];
}

/** The kernels. */
export const kernels = {
${kernels
  .map(({ name, given }, task) => {
    const names = given.map(([parameter]) => `'${parameter}'`);
    const kinds = given.map(([, type]) => `'${kindOf(type)}'`);
    return `  ${name}: { task: ${task}, names: [${names.join(', ')}], kinds: [${kinds.join(', ')}] },`;
  })
  .join('\n')}
} as const satisfies Record<string, KernelRow>;

export type KernelName = keyof typeof kernels;

/** What each kernel takes. */
export interface KernelArguments {
${kernels
  .map(
    ({ name, given }) =>
      `  ${name}: [${given.map(([parameter, type]) => `${parameter}: ${takes(type)}`).join(', ')}];`,
  )
  .join('\n')}
}
`;

mkdirSync(generated, { recursive: true });
await write('engine', table, "import type { Scalar } from '@feedalign/core';\n");
if (existsSync(join(here, 'limit.ts'))) await write('limit');
