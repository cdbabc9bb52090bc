import { add, grad } from '@tensorflow/tfjs-core';
import { neverRepeat } from './during-step.js';
import type { Unit } from './network.js';
import { type Gradient, gradientOf, type Parameter } from './operation.js';
import type { Update } from './rule.js';

/** What one unit's parameters have for gradients. */
interface Found {
  readonly unit: Unit;
  readonly updates: readonly Update[];
}

/**
 * What the optimizer gets: what the rule makes of each unit's gradients, and what regularizers add to that. A parameter
 * that several calls share belongs to the first unit that has it, with the sum of their gradients.
 */
export function toOptimizer(
  found: readonly Found[],
  change: (unit: Unit, updates: readonly Update[]) => readonly Update[],
  penalties: boolean,
): Update[] {
  const totals = totalOf(found);
  const all: Update[] = [];
  for (const { unit, updates } of found) {
    if (updates.length === 0) continue;
    const own: Update[] = [];
    for (const { parameter } of updates) {
      const gradient = totals.get(parameter);
      if (gradient && totals.delete(parameter)) own.push({ parameter, gradient });
    }
    for (const update of change(unit, own)) {
      all.push(penalties && update.parameter.penalty ? { ...update, gradient: penalized(update) } : update);
    }
  }
  return all;
}

/** The gradient of each parameter. */
function totalOf(found: readonly Found[]): Map<Parameter, Gradient> {
  const totals = new Map<Parameter, Gradient>();
  for (const { updates } of found) {
    for (const { parameter, gradient } of updates) {
      const known = totals.get(parameter);
      totals.set(parameter, known ? sumOf(known, gradient) : gradient);
    }
  }
  return totals;
}

const sumOf = (one: Gradient, other: Gradient): Gradient =>
  gradientOf(() => add(one.compute(), other.compute()));

/** The gradient and that of what the parameter's regularizer adds to the loss. */
function penalized({ parameter: { variable, penalty }, gradient }: Update): Gradient {
  if (!penalty) return gradient;
  return gradientOf(() => {
    neverRepeat();
    return add(gradient.compute(), grad(penalty)(variable));
  });
}
