import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FeedalignError } from '@feedalign/core';
import { type Figure, figureToSvg, type Line, type Panel } from '@feedalign/figures';
import { svgToPng } from '@feedalign/figures/png';
import type { History, Point } from './experiment.js';
import type { Settings } from './settings.js';

/**
 * Makes sure that a folder is there and can be written, before the work begins whose results belong there.
 *
 * @throws FeedalignError `invalid-option` when it cannot
 */
export async function makeFolder(folder: string, flag = '--out'): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem = `The folder '${folder}' cannot be written (${code}).`;
    throw new FeedalignError('invalid-option', problem, `Give another one with ${flag}.`, { cause });
  }
}

/** Writes `results.json`, `figure.svg` and `figure.png` into a folder; returns the paths of all results. */
export async function writeReport(
  folder: string,
  settings: Settings,
  histories: readonly History[],
): Promise<string[]> {
  const svg = figureToSvg(figureOf(settings, histories));
  const files: readonly [name: string, contents: string | Uint8Array][] = [
    ['results.json', `${JSON.stringify({ settings, runs: histories }, null, 2)}\n`],
    ['figure.svg', svg],
    ['figure.png', svgToPng(svg)],
  ];
  for (const [name, contents] of files) await writeFile(join(folder, name), contents);
  return [
    ...files.map(([name]) => join(folder, name)),
    ...histories.flatMap(({ savedModel }) => savedModel ?? []),
  ];
}

/** Accuracy, and where it was measured the alignment, over epochs. */
function figureOf(settings: Settings, histories: readonly History[]): Figure {
  const { dataset, model, optimizer, lr, batch, seed } = settings;
  const epochs = { label: 'epochs' };
  const lines = (points: (history: History) => Line['points']): Line[] =>
    histories
      .map((history) => ({ name: history.result.rule, rule: history.result.rule, points: points(history) }))
      .filter((line) => line.points.length > 0);
  const overEpochs = (value: (point: Point) => number | null) => (history: History) =>
    history.alignment.flatMap((point): Line['points'] => {
      const measured = value(point);
      return measured === null ? [] : [[point.epoch, measured]];
    });
  const panels: Panel[] = [
    {
      title: 'Validation accuracy',
      x: epochs,
      y: { label: 'accuracy', format: 'percent', range: [0, 1] },
      lines: lines(({ validationAccuracy }) => validationAccuracy),
    },
    {
      title: 'Accuracy on the training batches',
      x: epochs,
      y: { label: 'accuracy, before each update', format: 'percent', range: [0, 1] },
      lines: lines(({ trainAccuracy }) => trainAccuracy),
    },
    {
      title: 'Angle between weights and feedback',
      x: epochs,
      y: { label: 'angle, all layers', format: 'degrees' },
      lines: lines(overEpochs(({ alignment }) => alignment.weightAngle)),
      references: [{ value: 90, label: 'unrelated' }],
    },
    {
      title: "Alignment with backpropagation's signals",
      x: epochs,
      y: { label: 'mean cosine of δ, hidden layers', range: [-0.2, 1] },
      lines: lines(overEpochs(({ alignment }) => alignment.gradientAlignment)),
      references: [{ value: 0, label: 'unrelated' }],
    },
  ];
  return {
    title: `${model} on ${dataset} by ${histories.map(({ result }) => result.rule).join(', ')}`,
    subtitle: `${optimizer}, learning rate ${lr}, batch ${batch}, seed ${seed}`,
    panels: panels.filter((panel) => panel.lines.length > 0),
  };
}
