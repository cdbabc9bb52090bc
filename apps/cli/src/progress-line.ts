import type { Alignment } from '@feedalign/metrics';
import { percentWith } from './numbers.js';
import { angle, cosine } from './result-table.js';

const widestBar = 24;
const narrowestBar = 4;

/** Columns that a live line may fill: one less than there are, so that it never wraps. */
export const liveWidth = (): number => (process.stderr.columns || 80) - 1;

/** A name, a bar where there is room for one, and as many of the words as fit: the first are the last to go. */
export function liveLine(name: string, share: number, words: readonly string[], width: number): string {
  const textOf = (kept: readonly string[]) => kept.join('  ');
  let kept = words;
  while (kept.length > 1 && name.length + 1 + textOf(kept).length > width) kept = kept.slice(0, -1);
  const room = Math.min(widestBar, width - name.length - 1 - textOf(kept).length - 1);
  const filled = Math.round(Math.min(1, Math.max(0, share)) * room);
  const bar = room < narrowestBar ? '' : `${'█'.repeat(filled)}${'░'.repeat(room - filled)} `;
  return `${name} ${bar}${textOf(kept)}`.slice(0, width);
}

/** Where a run is. */
export interface RunProgress {
  readonly rule: string;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly accuracy?: number;
  readonly examplesPerSecond?: number;
  readonly alignment?: Alignment;
}

/** `dfa  ████░░ 2/5  91.2%  12s left  24100 img/s  W∠B 67° 54°` */
export function runLine(step: number, run: RunProgress, width: number): string {
  const { rule, epochs, stepsPerEpoch, batchSize, accuracy, examplesPerSecond, alignment } = run;
  const steps = epochs * stepsPerEpoch;
  const epoch = Math.min(epochs, Math.floor(step / stepsPerEpoch) + 1);
  const angles = alignment?.units.map((unit) => angle(unit.weightAngle)).filter((text) => text !== '') ?? [];
  const words = [
    `${epoch}/${epochs}`,
    accuracy === undefined ? '' : percentWith({ mean: accuracy }),
    examplesPerSecond ? `${Math.ceil(((steps - step) * batchSize) / examplesPerSecond)}s left` : '',
    examplesPerSecond ? `${Math.round(examplesPerSecond)} img/s` : '',
    angles.length > 0 ? `W∠B ${angles.join(' ')}` : '',
    alignment?.gradientAlignment == null ? '' : `cos δ ${cosine(alignment.gradientAlignment)}`,
  ];
  return liveLine(
    rule.padEnd(7),
    step / steps,
    words.filter((word) => word !== ''),
    width,
  );
}
