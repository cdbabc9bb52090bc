import { readFileSync } from 'node:fs';
import { figureToSvg } from '@feedalign/figures';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { glossary } from '../src/glossary.js';
import { type Report, type ReportedExperiment, reportPage } from '../src/report-page.js';

const svg = figureToSvg({
  title: 'A figure',
  panels: [
    { title: 'A matrix', rows: 'rows', columns: 'columns', value: 'number', matrix: [[1, -1]] },
    { title: 'Lines', x: { label: 'x' }, y: { label: 'y' }, lines: [{ name: 'bp', points: [[1, 1]] }] },
  ],
});

const experiment = (
  id: string,
  verdict: Partial<ReportedExperiment['verdict']> = {},
  more: Partial<ReportedExperiment> = {},
): ReportedExperiment => ({
  verdict: {
    type: 'verdict',
    id,
    claim: `What ${id} claims`,
    measured: 'accuracy .95',
    numbers: { accuracy: 0.951234, steps: 400 },
    pass: true,
    reference: 'accuracy .94',
    criterion: 'accuracy > .9',
    changedAfterLook: [],
    scale: 'quick',
    seeds: [1, 2],
    seconds: 1.25,
    ...verdict,
  },
  source: 'Somebody 2021 (arXiv:2011.12428), section 6',
  settings: { learningRate: 0.1 },
  command: `feedalign reproduce ${id} --quick`,
  drawing: { title: `Figure of ${id}`, wide: svg, narrow: svg },
  ...more,
});

const report = (experiments: readonly ReportedExperiment[], more: Partial<Report> = {}): Report => ({
  command: 'feedalign reproduce all --quick',
  version: '1.2.3',
  date: new Date('2026-01-02T03:04:05Z'),
  machine: { processor: 'a processor', cores: 2, backend: 'wasm' },
  asked: experiments.map(({ verdict }) => verdict.id),
  experiments,
  ...more,
});

const sectionOf = (page: string, id: string) =>
  page.match(new RegExp(`<section id="${id}"[\\s\\S]*?</section>`))?.[0] as string;

describe('reportPage', () => {
  it('says how it was made', () => {
    const page = reportPage(report([experiment('A1')]));
    for (const text of [
      'feedalign reproduce all --quick',
      '1.2.3',
      '2026-01-02T03:04:05.000Z',
      'a processor',
      'wasm',
    ])
      expect(page).toContain(text);
  });

  it('has every figure, number and verdict', () => {
    const page = reportPage(report([experiment('A1'), experiment('B2')]));
    for (const id of ['A1', 'B2']) {
      const section = sectionOf(page, id);
      for (const text of [
        `What ${id} claims`,
        `${id}: Figure of ${id}`,
        'accuracy 0.95',
        'accuracy 0.94',
        'accuracy &gt; 0.9',
        '✓ pass',
        `aria-label="Figure of ${id}"`,
        '<td>accuracy</td><td class="number">0.9512</td>',
        '<td>steps</td><td class="number">400</td>',
        '1, 2',
        '1.3 s',
        '<dt>learning rate</dt><dd>0.1</dd>',
        `feedalign reproduce ${id} --quick`,
        '<a href="https://arxiv.org/abs/2011.12428">arXiv:2011.12428</a>',
      ])
        expect(section).toContain(text);
      expect(section.split('<svg ')).toHaveLength(3);
    }
    expect(page).toContain('2 of 2 pass.');
    expect(page).not.toContain('FAIL');
  });

  it('shows a failure as one, in the first sentence, in the table and at its place', () => {
    const failed = experiment(
      'B5',
      { pass: false, measured: 'not run: no network', numbers: {} },
      { drawing: undefined },
    );
    const page = reportPage(report([experiment('A1'), failed]));
    expect(page).toContain('1 of 2 pass.');
    expect(page.match(/<p class="outcome failed">.*<\/p>/)?.[0]).toContain('✗ FAIL:</strong> <a href="#B5">');
    expect(page.match(/<tr class="failed">.*<\/tr>/)?.[0]).toContain('✗ FAIL');
    const section = sectionOf(page, 'B5');
    expect(section).toContain('✗ FAIL');
    expect(section).toContain('not run: no network');
    expect(section).toContain('There is no figure');
    expect(sectionOf(page, 'A1')).not.toContain('FAIL');
  });

  it('says above the table and above its numbers what was changed after a look', () => {
    const words = 'It had five epochs at first, and failed; now ten.';
    const page = reportPage(report([experiment('A1'), experiment('B1', { changedAfterLook: [words] })]));
    const above = page.slice(0, page.indexOf('<table class="summary">'));
    expect(above).toContain(`<a href="#B1">B1</a>: ${words}`);
    expect(above).not.toContain('<a href="#A1">A1</a>:');
    const section = sectionOf(page, 'B1');
    expect(section.indexOf(words)).toBeGreaterThan(0);
    expect(section.indexOf(words)).toBeLessThan(section.indexOf('<b>measured</b>'));
    expect(sectionOf(page, 'A1')).not.toContain('Changed after');
    expect(reportPage(report([experiment('A1')]))).not.toContain('Changed after');
  });

  it('names what is not finished', () => {
    const page = reportPage(report([experiment('A1')], { asked: ['A1', 'A2', 'B7'] }));
    expect(page).toContain('Not finished: A2, B7.');
    expect(reportPage(report([experiment('A1')]))).not.toContain('Not finished');
  });

  it('loads nothing: no script, no font, no picture but those within', () => {
    const page = reportPage(report([experiment('A1')]));
    expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(|\ssrc=/i);
    const addresses = [...page.matchAll(/<(\w+)[^>]*?\s(?:xlink:)?href="([^"]*)"/g)];
    expect(addresses.map(([, name]) => name)).toContain('image');
    for (const [, name, address] of addresses)
      expect(address).toMatch(name === 'a' ? /^(#|https:\/\/arxiv\.org\/abs\/)/ : /^data:image\/png;base64,/);
    expect(page).toContain('content="default-src &#39;none&#39;');
  });

  it('escapes whatever text it is given', () => {
    const hostile = '</pre></style><script>alert("1")</script>&\'';
    const page = reportPage(
      report(
        [
          experiment(
            'A1',
            {
              claim: hostile,
              measured: hostile,
              reference: hostile,
              criterion: hostile,
              changedAfterLook: [hostile],
              numbers: { [hostile]: 1 },
            },
            {
              source: hostile,
              settings: { [hostile]: hostile },
              command: hostile,
              drawing: { title: hostile, wide: svg, narrow: svg },
            },
          ),
        ],
        { command: hostile, version: hostile, machine: { [hostile]: hostile }, asked: [hostile] },
      ),
    );
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
    expect(page.split('</style>')).toHaveLength(2);
  });

  it('has no more elements for any text than for none', () => {
    const tags = (text: string) =>
      reportPage(report([experiment('A1', { claim: text, measured: text }, { source: text })]))
        .replace(/<\/?sub>/g, '')
        .split('<').length;
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(tags(text)).toBe(tags(''));
      }),
    );
  });

  it('writes numbers that are none', () => {
    const numbers = { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: 1.23456e-15, d: -0.5 };
    const page = reportPage(report([experiment('A1', { numbers })]));
    for (const text of ['>NaN<', '>Infinity<', '>1.235×10⁻¹⁵<', '>−0.5<']) expect(page).toContain(text);
  });

  it('has symbols and numbers in one style', () => {
    const claim =
      'W_l = F_l A_l F_{l−1}ᵀ, t_align < ½ t_half, 1e-10, 8.6e-5, -.5, .97–.99, from arXiv:2011.12428 and a_file';
    const section = sectionOf(reportPage(report([experiment('A1', { claim })])), 'A1');
    for (const text of [
      'W<sub>l</sub> = F<sub>l</sub> A<sub>l</sub> F<sub>l−1</sub>ᵀ',
      't<sub>align</sub> &lt; ½ t<sub>½</sub>, 10⁻¹⁰, 8.6×10⁻⁵, −0.5, 0.97–0.99,',
      'arXiv:2011.12428 and a_file',
    ])
      expect(section).toContain(text);
  });

  it('names numbers in words', () => {
    const numbers = { leastFa: 1, 'usf, least': 2, weightAlignment: 3 };
    const numberNames = { leastFa: 'least accuracy, FA' };
    const page = reportPage(
      report([experiment('B1', { numbers }, { numberNames }), experiment('A1', { numbers })]),
    );
    for (const name of ['least accuracy, FA', 'uSF, least', 'weight alignment', 'least FA'])
      expect(page).toContain(`<td>${name}</td>`);
    expect(page).not.toMatch(/leastFa|weightAlignment/);
  });

  it('explains the words of the glossary, and those alone', () => {
    const lines = readFileSync(new URL('../../../docs/glossary.md', import.meta.url), 'utf8').split('\n');
    const rows = lines.filter((each) => each.startsWith('|')).slice(2);
    const cellsOf = (row: string) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
    expect(glossary).toEqual(rows.map(cellsOf));
    expect(reportPage(report([])).match(/<table class="words">[\s\S]*<\/table>/)?.[0]).toContain('δ');
  });
});
