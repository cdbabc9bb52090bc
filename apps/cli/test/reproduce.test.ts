import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedalign, linesOf, start, temporaryFolder } from './support.js';

const folder = temporaryFolder();

describe('reproduce', () => {
  it('prints verdicts as JSON, and writes figures and the command', async () => {
    const out = join(folder, 'out');
    const finished = await feedalign(
      'reproduce',
      'b2',
      '--only',
      'A1',
      '--seeds',
      '2',
      '--json',
      '--out',
      out,
    );
    expect({ ...finished, stdout: '' }).toEqual({ code: 0, stdout: '', stderr: '' });
    const lines = linesOf(finished);
    const verdicts = lines.filter(({ type }) => type === 'verdict');
    expect(verdicts.map(({ id, pass, seeds }) => ({ id, pass, seeds }))).toEqual([
      { id: 'A1', pass: true, seeds: [1, 2] },
      { id: 'B2', pass: true, seeds: [1, 2] },
    ]);
    for (const name of ['claim', 'measured', 'reference', 'criterion'])
      expect(verdicts[0][name]).toMatch(/\w/);
    expect(verdicts[0].seconds).toBeGreaterThan(0);
    const command = `feedalign reproduce A1 B2 --quick --seeds 2 --backend auto --out ${JSON.stringify(out)}`;
    expect(lines.at(-1)).toEqual({ type: 'result', experiments: 2, failed: [], command });
    expect(readdirSync(out).sort()).toEqual(['A1.png', 'A1.svg', 'B2.png', 'B2.svg', 'results.json']);
    const saved = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
    expect(saved.command).toBe(command);
    expect(saved.results[1]).toMatchObject({ ...verdicts[1], measurements: [{}, {}] });
    expect(saved.results[0].settings.steps).toBe(400);
  });

  it('writes a report of everything, by itself', async () => {
    const report = join(folder, 'report');
    const { code, stdout } = await feedalign('reproduce', 'A1', 'B2', '--seeds', '1', '--report', report);
    expect(code).toBe(0);
    expect(stdout).toContain(join(report, 'index.html'));
    expect(readdirSync(report)).toEqual(['index.html']);
    const page = readFileSync(join(report, 'index.html'), 'utf8');
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    for (const text of [
      `feedalign reproduce A1 B2 --quick --seeds 1 --backend auto --report &quot;${report}&quot;`,
      `feedalign ${version}`,
      '2 of 2 pass.',
      'feedalign reproduce B2 --quick --seeds 1 --backend auto</code>',
      `<dt>Node</dt><dd>${process.versions.node}</dd>`,
    ])
      expect(page).toContain(text);
    expect(page.split('<svg ')).toHaveLength(1 + 2 * 2);
    expect(page.split('</html>')).toHaveLength(2);
  });

  it('refuses a report that cannot be written before it begins', async () => {
    const { code, stderr } = await feedalign('reproduce', 'A1', '--report', '/dev/null/report');
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be written.*--report/);
  });

  it('refuses a folder of data that does not exist', async () => {
    const { code, stderr } = await feedalign('reproduce', 'A1', '--folder', '/nowhere/data');
    expect(code).toBe(2);
    expect(stderr).toBe(
      "feedalign: There is no folder '/nowhere/data'. Give one that has a folder for each data set of yours, such as 'fashion-mnist'.\n",
    );
  });

  it('prints a table of at most eighty columns', async () => {
    const { code, stdout } = await feedalign('reproduce', 'B2', '--seeds', '1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/B2 .*residual/);
    expect(stdout).toMatch(/pass/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('says above the table what was changed after a look, and nothing where nothing was', async () => {
    const { stdout } = await feedalign('reproduce', 'A1', 'B2', '--seeds', '1');
    const above = stdout.slice(0, stdout.indexOf('┌'));
    expect(above).toMatch(/^Changed after its outcome had been seen:\nA1: The teacher was Gaussian/);
    expect(above).not.toContain('B2');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const [verdict] = linesOf(await feedalign('reproduce', 'A1', '--seeds', '1', '--json')).filter(
      ({ type }) => type === 'verdict',
    );
    expect(verdict.changedAfterLook).toHaveLength(2);
    expect((await feedalign('reproduce', 'B2', '--seeds', '1')).stdout).toMatch(/^┌/);
  });

  it('lists the experiments without running one', async () => {
    const { code, stdout } = await feedalign('reproduce', '--list');
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const lines = linesOf(await feedalign('reproduce', '--list', '--json'));
    expect(lines.at(-1)).toEqual({ type: 'result', count: lines.length - 1 });
    expect(lines.map(({ id }) => id)).toContain('A3');
  });

  it('ends on Ctrl-C, with what was finished', async () => {
    const words = ['reproduce', 'A1', 'A2', '--full', '--seeds', '1', '--json', '--report', folder];
    const { child, finished } = start(words);
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (text) => `${text}`.includes('"begin","id":"A2"') && resolve());
    });
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    expect(code).toBe(130);
    expect(stderr).toMatch(/interrupted/);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain('Not finished: A2.');
  });

  it.each([
    ['no id', [], /No experiment was named/],
    ['an unknown id', ['A1', 'A77'], /no experiment 'A77'/],
    ['no seeds', ['A1', '--seeds', '0'], /--seeds/],
    ['both scales', ['A1', '--quick', '--full'], /--quick/],
  ])('refuses %s with one line', async (_what, words, message) => {
    const { code, stdout, stderr } = await feedalign('reproduce', ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
