import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The tool as a process of its own, from the sources; its children run from there too. */
function bench(...words: string[]) {
  const sources = ['--import', import.meta.resolve('tsx'), '--conditions=@feedalign/source'];
  const child = spawn(process.execPath, [...sources, main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const finished = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished };
}

describe('bench', () => {
  it.each([
    [['lenett'], "There is no benchmark 'lenett'. Did you mean lenet?"],
    [['adam', '--threads', '0'], 'whole number'],
    [['adam', '--fast'], '--fast'],
    [[], 'names'],
  ])('%j is no command line: exit code 2, one line on stderr', async (words, message) => {
    const { code, stdout, stderr } = await bench(...words).finished;
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('--help lists the benchmarks', async () => {
    const { code, stdout } = await bench('--help').finished;
    expect(code).toBe(0);
    for (const name of ['matmul', 'mlp-limit', 'stock-fit', 'memory']) expect(stdout).toContain(`  ${name} `);
  });

  it('adam --json prints one object a line, and its exit code says whether each passes', async () => {
    const { code, stdout, stderr } = await bench('adam', '--json').finished;
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      rows.map(({ name, row, unit }) => [name, row, unit]),
      stderr,
    ).toEqual([
      ['adam', 'against stock', '×'],
      ['adam', 'fused step', 'ms'],
      ['adam', 'stock step', 'ms'],
    ]);
    const [ratio, fused, stock] = rows;
    expect(ratio).toMatchObject({ must: 20, bound: 'atLeast', pass: ratio.value >= 20 });
    expect(ratio.value).toBeCloseTo(stock.value / fused.value);
    expect(ratio.samples['ours.step']).toHaveLength(7);
    expect(ratio.machine).toMatchObject({
      node: process.versions.node,
      tfjs: '4.22.0',
      threads: 1,
      relaxed: true,
    });
    expect(code).toBe(ratio.pass ? 0 : 1);
  });

  it('ends with its children when it is interrupted', async () => {
    const { child, finished } = bench('lenet', '--plain');
    // By then there are children. They hold the same stderr, which closes when the last of them is gone.
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGINT'), 1500));
    const { code, stderr } = await finished;
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted');
  });
});
