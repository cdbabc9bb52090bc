import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { findExperiments, type VerdictEvent } from '@feedalign/experiments';
import { type Figure, figureToSvg } from '@feedalign/figures';
import { svgToPng } from '@feedalign/figures/png';
import { writeWhole } from '@feedalign/models/node';
import { trainingEngine } from '@feedalign/wasm-training';
import { getBackend, version_core } from '@tensorflow/tfjs-core';
import type { Drawing, Report, ReportedExperiment } from '../report-page.js';

/** An experiment with all that it measured. */
export interface Finished {
  readonly verdict: VerdictEvent;
  readonly measurements: readonly unknown[];
  /** What one types to have it again alone. */
  readonly command: string;
}

const experimentOf = ({ verdict }: Finished) => findExperiments([verdict.id])[0];

const settingsOf = (finished: Finished) => experimentOf(finished).settings[finished.verdict.scale];

/** What an experiment that measured nothing has none of. */
const figureOf = (finished: Finished): Figure | undefined =>
  finished.measurements.length > 0 ? experimentOf(finished).figure(finished.measurements) : undefined;

const json = (value: object) => `${JSON.stringify(value, null, 1)}\n`;

/** `results.json` of all so far, and the figure of the last. */
export async function saveResults(
  folder: string,
  command: string,
  finished: readonly Finished[],
): Promise<void> {
  const results = finished.map((each) => ({
    ...each.verdict,
    settings: settingsOf(each),
    measurements: each.measurements,
  }));
  await writeWhole(join(folder, 'results.json'), json({ command, results }));
  const last = finished[finished.length - 1];
  const figure = figureOf(last);
  if (!figure) return;
  const svg = figureToSvg(figure);
  await writeWhole(join(folder, `${last.verdict.id}.svg`), svg);
  await writeWhole(join(folder, `${last.verdict.id}.png`), svgToPng(svg));
}

/** Wide enough for two panels side by side, and what a phone shows without making it smaller. */
const widths = { wide: 960, narrow: 360 } as const;

const drawingOf = (figure: Figure): Drawing => ({
  title: figure.title,
  wide: figureToSvg(figure, { width: widths.wide, theme: 'auto' }),
  narrow: figureToSvg(figure, { width: widths.narrow, theme: 'auto' }),
});

/** What of an experiment is for the report, its figure drawn. */
export function reported(finished: Finished): ReportedExperiment {
  const { verdict, command } = finished;
  const figure = figureOf(finished);
  const { source, numberNames } = experimentOf(finished);
  return {
    verdict,
    source,
    numberNames,
    settings: settingsOf(finished),
    command,
    ...(figure && { drawing: drawingOf(figure) }),
  };
}

/** What runs here, once the backend has been chosen. */
export function machineOf(): Report['machine'] {
  const { threads = 1 } = trainingEngine() ?? {};
  return {
    processor: cpus()[0]?.model ?? process.arch,
    cores: availableParallelism(),
    Node: process.versions.node,
    tfjs: version_core,
    backend: getBackend(),
    threads,
  };
}
