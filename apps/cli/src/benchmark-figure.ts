import { type Figure, type Line, type Panel, panelsByFamily } from '@feedalign/figures';
import type { Score } from './benchmark.js';
import type { Settings } from './settings.js';

const rate = { label: 'learning rate', scale: 'log' } as const;
const accuracy = { label: 'accuracy', format: 'percent' } as const;

/** What the rates are chosen by, and what came of it: two panels a dataset, of many rules two a family. */
export function benchmarkFigure(
  { datasets, model, optimizer, epochs, batch, seed, seeds }: Settings,
  scores: readonly Score[],
): Figure {
  const panels = datasets.flatMap((dataset): Panel[] => {
    const own = scores.filter((score) => score.dataset === dataset);
    return [
      { title: `${dataset}: validation data`, x: rate, y: accuracy, lines: own.map(validationLine) },
      {
        title: `${dataset}: test data, at the chosen rate`,
        x: rate,
        y: accuracy,
        lines: own.map(testLine),
      },
    ];
  });
  return {
    title: `${model} by learning rate, at equal budget`,
    subtitle: `${optimizer}, epochs ${epochs}, batch ${batch}; rates chosen at seed ${seed}, tested with ${seeds}`,
    panels: panels.filter(({ lines }) => lines.length > 0).flatMap(panelsByFamily),
  };
}

const nameOf = ({ rule }: Score) => ({ name: rule, rule });

const validationLine = (score: Score): Line => ({
  ...nameOf(score),
  points: Object.entries(score.validation)
    .flatMap(([rate, value]): [number, number][] => (value === undefined ? [] : [[Number(rate), value]]))
    .sort(([a], [b]) => a - b),
});

/** A dot: the mean of the seeds. */
const testLine = (score: Score): Line => ({
  ...nameOf(score),
  points:
    score.mean === undefined || score.learningRate === undefined ? [] : [[score.learningRate, score.mean]],
});
