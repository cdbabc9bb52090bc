import Table from 'cli-table3';
import type { Examination } from './examine.js';
import type { GradientVerdict } from './gradients.js';

const width = 80;

/** Breaks a text between words, the lines after the first with an indent. */
function wrapped(text: string, indent = '  '): string {
  return text
    .split(' ')
    .reduce<string[]>((lines, word) => {
      const last = lines.at(-1);
      if (last !== undefined && last.length + 1 + word.length <= width)
        lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(last === undefined ? word : `${indent}${word}`);
      return lines;
    }, [])
    .join('\n');
}

type Alignment = 'left' | 'right';

function table(
  head: readonly string[],
  aligned: readonly Alignment[],
  rows: readonly (readonly string[])[],
): string {
  const bare = { head: [], border: [], compact: true };
  const made = new Table({ head: [...head], style: bare, colAligns: [...aligned] });
  for (const row of rows) made.push([...row]);
  return made.toString();
}

const yesOrNo = (is: boolean) => (is ? 'yes' : 'no');

/** The text of each part of an examination. */
const texts: { readonly [P in keyof Examination]-?: (part: NonNullable<Examination[P]>) => string } = {
  machine: ({ cpu, platform, node, tfjs }) => wrapped(`${cpu}, ${platform}, Node ${node}, tfjs ${tfjs}`),
  backends: (backends) =>
    [
      table(
        ['backend', 'here it', 'what it is'],
        ['left', 'left', 'left'],
        backends.map(({ name, title, state }) => [
          name,
          state === 'not installed' ? 'is not installed' : state,
          title,
        ]),
      ),
      ...backends.flatMap(({ name, reason }) => (reason ? [wrapped(`${name}: ${reason}`)] : [])),
    ].join('\n'),
  chosen: (chosen) => `Training would run on: ${chosen}\n`,
  corrections: (names) =>
    `${wrapped(names.length === 0 ? "All of tfjs' kernels there are its own." : `Kernels of tfjs there in whose places stand right ones, or faster ones: ${names.join(', ')}.`)}\n`,
  wasm: ({ simd, relaxedSimd, threads, cores, sharedMemory, hints }) =>
    [
      'On WASM:',
      `  SIMD: ${yesOrNo(simd)}; relaxed SIMD: ${yesOrNo(relaxedSimd)}`,
      `  threads that compute: ${threads}; cores: ${cores}; shared memory: ${yesOrNo(sharedMemory)}`,
      ...hints.map((hint) => wrapped(`  ${hint}`, '    ')),
      '',
    ].join('\n'),
  rates: ({ limit, relaxedSimd, size, threads, products }) =>
    [
      wrapped(
        `Limit of one thread: ${limit.toFixed(1)} GFLOP/s, multiply-adds in registers with ${relaxedSimd ? 'relaxed' : 'plain'} SIMD.`,
      ),
      table(
        [
          `tf.matMul, ${size}³`,
          'GFLOP/s',
          ...(threads ? [`of the limit of ${threads === 1 ? 'one thread' : `${threads} threads`}`] : []),
        ],
        ['left', 'right', 'right'],
        products.map(({ form, gflops, share }) => [
          form,
          gflops.toFixed(1),
          ...(share === undefined ? [] : [`${(100 * share).toFixed(0)} %`]),
        ]),
      ),
      '',
    ].join('\n'),
  gradients: (verdicts) => [gradientTable(verdicts), ...complaints(verdicts), ''].join('\n'),
};

/** What people read of a part, or of several. */
export const textOf = (parts: Partial<Examination>): string =>
  (Object.keys(parts) as (keyof Examination)[])
    .map((name) => (texts[name] as (part: unknown) => string)(parts[name]))
    .join('\n');

/** `ok 2e-7`, the word for what is not well, or a dash where the implementation has no such operation. */
const cell = (found: GradientVerdict | undefined): string => {
  if (!found) return '–';
  const { verdict, error } = found;
  return error === undefined ? verdict : `${verdict} ${error === 0 ? 0 : error.toExponential(0)}`;
};

/** An operation a row, an implementation a column. */
function gradientTable(verdicts: readonly GradientVerdict[]): string {
  const operations = [...new Set(verdicts.map(({ operation }) => operation))];
  const by = (operation: string, implementation: string) =>
    cell(verdicts.find((each) => each.operation === operation && each.implementation === implementation));
  return table(
    ['gradients, largest relative error', 'feedalign', 'tfjs autodiff'],
    ['left', 'left', 'left'],
    operations.map((operation) => [operation, by(operation, 'feedalign'), by(operation, 'tfjs')]),
  );
}

/** A line for each verdict that is not ok, and one that counts them. */
function complaints(verdicts: readonly GradientVerdict[]): string[] {
  const count = (word: string) => verdicts.filter(({ verdict }) => verdict === word).length;
  const bad = verdicts.filter(({ verdict }) => verdict !== 'ok');
  return [
    ...bad.map(({ operation, implementation, verdict, error, worst, reason }) => {
      const what = [worst, error !== undefined && `error ${error.toPrecision(2)}`, reason]
        .filter(Boolean)
        .join(', ');
      return wrapped(`${verdict}: ${operation} (${implementation}): ${what}`);
    }),
    `Gradients: ${count('ok')} ok, ${count('wrong')} wrong, ${count('missing')} missing.`,
  ];
}
