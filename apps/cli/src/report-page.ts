import type { VerdictEvent } from '@feedalign/experiments';
import { glossary } from './glossary.js';
import { type Content, html, type Markup } from './report-html.js';
import { reportStyle } from './report-page-style.js';
import { settingsList } from './settings-list.js';
import { numberText, typeset, wordsOf } from './typeset.js';

/** A figure as SVG, for a page that is wide and for one that is not. */
export interface Drawing {
  readonly title: string;
  readonly wide: string;
  readonly narrow: string;
}

export interface ReportedExperiment {
  readonly verdict: VerdictEvent;
  readonly source: string;
  /** As it was run with: plain data. */
  readonly settings: object;
  /** What its numbers are, by name, where the name does not say it. */
  readonly numberNames?: Readonly<Record<string, string>>;
  /** What one types to have this experiment alone. */
  readonly command: string;
  /** None where nothing was measured. */
  readonly drawing?: Drawing;
}

export interface Report {
  readonly command: string;
  readonly version: string;
  readonly date: Date;
  /** What it ran on, by names for readers. */
  readonly machine: Readonly<Record<string, string | number>>;
  /** Ids of all that were asked for, those included that are still to come. */
  readonly asked: readonly string[];
  readonly experiments: readonly ReportedExperiment[];
}

/** Nothing may be fetched; links are for those who follow them. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * The report of a reproduction as one HTML page that needs no network and no script: every verdict, figure and number, how
 * it was made, and how each is made again. What is passed in is escaped, but for the figures.
 */
export function reportPage(report: Report): string {
  const { experiments, command, version, date, machine } = report;
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>feedalign reproduce: ${countText(report)}</title>
<style>${{ markup: reportStyle }}</style>
</head>
<body>
<header>
<h1>Reproduction report</h1>
${outcome(report)}
<p>Experiments of the papers on feedback alignment. Each claim, its reference and the criterion were written down before
anything was run, but for what is said to have been changed; an experiment that fails stays in, and so does the first try of one
that passes.</p>
${definitions({ 'made by': html`<code>${command}</code>`, version: `feedalign ${version}`, begun: date.toISOString(), ...machine })}
</header>
<main>
${changes(experiments)}
${summaryTable(experiments)}
${experiments.map(section)}
${words}
</main>
<footer>Written by <code>feedalign reproduce --report</code>.</footer>
</body>
</html>
`;
  return markup;
}

const classOf = ({ pass }: VerdictEvent) => (pass ? 'passed' : 'failed');

const badge = (verdict: VerdictEvent) =>
  html`<span class="verdict ${classOf(verdict)}">${verdict.pass ? '✓ pass' : '✗ FAIL'}</span>`;

const linkTo = (id: string) => html`<a href="#${id}">${id}</a>`;

const countText = ({ experiments }: Report) =>
  `${experiments.filter(({ verdict }) => verdict.pass).length} of ${experiments.length} pass`;

const listed = (ids: readonly Content[]) => ids.map((id, i) => (i > 0 ? [', ', id] : id));

/** In a sentence what a reader has to know first. */
function outcome(report: Report): Markup {
  const { experiments, asked } = report;
  const failed = experiments.flatMap(({ verdict }) => (verdict.pass ? [] : [linkTo(verdict.id)]));
  const done = new Set(experiments.map(({ verdict }) => verdict.id));
  const missing = asked.filter((id) => !done.has(id));
  return html`<p class="outcome ${failed.length > 0 ? 'failed' : 'passed'}"><strong>${countText(report)}.</strong>${
    failed.length > 0 ? html` <strong>✗ FAIL:</strong> ${listed(failed)}.` : ''
  }${missing.length > 0 ? html` Not finished: ${listed(missing)}.` : ''}</p>`;
}

const definitions = (entries: Readonly<Record<string, Content>>) =>
  html`<dl>${Object.entries(entries).map(([name, content]) => html`<dt>${name}</dt><dd>${content}</dd>\n`)}</dl>`;

/** Above the table: what was changed after its outcome had been seen. */
function changes(experiments: readonly ReportedExperiment[]): Content {
  const changed = experiments.flatMap(({ verdict: { id, changedAfterLook } }) =>
    changedAfterLook.map((what) => html`<li>${linkTo(id)}: ${what}</li>\n`),
  );
  return changed.length === 0
    ? ''
    : html`<div class="changed">
<p>Changed after its outcome had been seen:</p>
<ul>
${changed}</ul>
</div>`;
}

/** The same of one, above its numbers. */
const changesOf = ({ changedAfterLook }: VerdictEvent): Content =>
  changedAfterLook.map(
    (what) => html`<p class="changed"><strong>Changed after a look.</strong> ${what}</p>\n`,
  );

const summaryTable = (experiments: readonly ReportedExperiment[]) => html`<table class="summary">
<thead><tr><th>verdict</th><th></th><th>claim</th><th>measured</th><th>reference</th><th>seconds</th></tr></thead>
<tbody>
${experiments.map(
  ({ verdict }) =>
    html`<tr class="${classOf(verdict)}"><td>${badge(verdict)}</td><td>${linkTo(verdict.id)}</td><td>${typeset(verdict.claim)}</td><td>${typeset(verdict.measured)}</td><td class="reference">${typeset(verdict.reference)}</td><td class="number">${verdict.seconds.toFixed(1)}</td></tr>\n`,
)}</tbody>
</table>`;

/** An identifier of arXiv leads there. */
const linked = (text: string): Content =>
  text
    .split(/(arXiv:\d{4}\.\d{4,5})/)
    .map((part, i) =>
      i % 2 === 1 ? html`<a href="https://arxiv.org/abs/${part.slice(6)}">${part}</a>` : part,
    );

const columns = (entries: Readonly<Record<string, Content>>) =>
  html`<div class="beside">${Object.entries(entries).map(
    ([name, text]) => html`<div class="${name}"><b>${name}</b>${text}</div>\n`,
  )}</div>`;

const figure = ({ title, wide, narrow }: Drawing) => html`<figure role="img" aria-label="${title}">
<div class="wide">${{ markup: wide }}</div>
<div class="narrow">${{ markup: narrow }}</div>
</figure>`;

const numbersTable = ({
  verdict: { numbers },
  numberNames = {},
}: ReportedExperiment) => html`<table class="numbers">
<thead><tr><th>number</th><th>measured</th></tr></thead>
<tbody>
${Object.entries(numbers).map(
  ([name, value]) =>
    html`<tr><td>${typeset(numberNames[name] ?? wordsOf(name))}</td><td class="number">${numberText(value)}</td></tr>\n`,
)}</tbody>
</table>`;

/** What the words and symbols of the page mean. */
const words = html`<section id="words">
<h2>Words and symbols</h2>
<table class="words">
<thead><tr><th>word</th><th>symbol</th><th>what it is</th></tr></thead>
<tbody>
${glossary.map(
  (word) => html`<tr>${word.map((cell) => html`<td>${typeset(cell.replaceAll('`', ''))}</td>`)}</tr>\n`,
)}</tbody>
</table>
</section>`;

function section(experiment: ReportedExperiment): Markup {
  const { verdict, source, settings, command, drawing } = experiment;
  const { id, claim, measured, reference, criterion, numbers, seeds, scale, seconds } = verdict;
  return html`<section id="${id}" class="${classOf(verdict)}">
<h2>${drawing ? `${id}: ${drawing.title}` : id} ${badge(verdict)}</h2>
<p>${typeset(claim)}</p>
${changesOf(verdict)}${columns({ measured: typeset(measured), reference: typeset(reference), 'passes when': typeset(criterion) })}
${drawing ? figure(drawing) : html`<p>There is no figure: nothing was measured.</p>`}
${Object.keys(numbers).length > 0 ? numbersTable(experiment) : ''}
${definitions({
  source: linked(source),
  seeds: listed(seeds.map(String)),
  took: `${seconds.toFixed(1)} s`,
  'to run it alone': html`<code>${command}</code>`,
})}
<details><summary>Settings (${scale})</summary>${settingsList(settings)}</details>
</section>
`;
}
