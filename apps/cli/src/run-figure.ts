import { type Figure, type Line, type Panel, panelsByFamily } from '@feedalign/figures';
import { learningRateOf } from './defaults.js';
import type { Curve, History, Point } from './history.js';
import { written } from './numbers.js';
import type { Settings } from './settings.js';
import { groupedBy, meanCurve } from './summary.js';

const accuracy = { label: 'accuracy', format: 'percent' } as const;

/** Accuracy, and where it was measured the alignment, over epochs. */
export function figureOf(settings: Settings, histories: readonly History[]): Figure {
  const { dataset, model, optimizer, batch, seed, seeds } = settings;
  const epochs = { label: 'epochs' };
  const byRule = groupedBy(histories, ({ result }) => result.rule);
  const lines = (curve: (history: History) => Curve): Line[] =>
    byRule
      .map(([rule, each]) => ({ name: rule, rule, ...meanCurve(each.map(curve)) }))
      .filter((line) => line.points.length > 0);
  const overEpochs = (value: (point: Point) => number | null) => (history: History) =>
    history.alignment.flatMap((point): Curve => {
      const measured = value(point);
      return measured === null ? [] : [[point.epoch, measured]];
    });
  const panels: Panel[] = [
    {
      title: 'Validation accuracy',
      x: epochs,
      y: accuracy,
      lines: lines(({ validationAccuracy }) => validationAccuracy),
    },
    {
      title: 'On the training batches, before each update',
      x: epochs,
      y: accuracy,
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
      y: { label: 'mean cosine of δ, hidden layers' },
      lines: lines(overEpochs(({ alignment }) => alignment.gradientAlignment)),
      references: [{ value: 0, label: 'unrelated' }],
    },
  ];
  const words = [
    optimizer,
    `learning rate ${written(learningRateOf(settings))}`,
    `batch ${batch}`,
    seeds > 1 ? `seeds ${seed} to ${seed + seeds - 1}, mean ± standard deviation` : `seed ${seed}`,
  ];
  return {
    title: `${model} on ${dataset}`,
    subtitle: words.join(', '),
    panels: panels.filter((panel) => panel.lines.length > 0).flatMap(panelsByFamily),
  };
}
