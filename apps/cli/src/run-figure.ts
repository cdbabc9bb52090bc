import type { Figure, Line, Panel } from '@feedalign/figures';
import { learningRateOf } from './defaults.js';
import type { Curve, History, Point } from './history.js';
import { written } from './numbers.js';
import type { Settings } from './settings.js';
import { groupedBy, meanCurve } from './summary.js';

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
  const words = [
    optimizer,
    `learning rate ${written(learningRateOf(settings))}`,
    `batch ${batch}`,
    seeds > 1 ? `seeds ${seed} to ${seed + seeds - 1}, mean ± standard deviation` : `seed ${seed}`,
  ];
  return {
    title: `${model} on ${dataset} by ${byRule.map(([rule]) => rule).join(', ')}`,
    subtitle: words.join(', '),
    panels: panels.filter((panel) => panel.lines.length > 0),
  };
}
