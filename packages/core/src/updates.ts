import { add, addN, grad } from '@tensorflow/tfjs-core';
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
): Update[] {
  const totals = totalOf(found.flatMap(({ updates }) => updates));
  return found
    .flatMap(({ unit, updates }) => {
      const own = updates.flatMap(({ parameter }) => {
        const gradient = totals.get(parameter);
        return gradient && totals.delete(parameter) ? [{ parameter, gradient }] : [];
      });
      return updates.length > 0 ? change(unit, own) : [];
    })
    .map((update) => (update.parameter.penalty ? { ...update, gradient: penalized(update) } : update));
}

/** The gradient of each parameter. */
function totalOf(updates: readonly Update[]): Map<Parameter, Gradient> {
  const terms = new Map<Parameter, Gradient[]>();
  for (const { parameter, gradient } of updates) {
    const known = terms.get(parameter);
    if (known) known.push(gradient);
    else terms.set(parameter, [gradient]);
  }
  return new Map([...terms].map(([parameter, all]) => [parameter, sumOf(all)]));
}

const sumOf = (gradients: readonly Gradient[]): Gradient =>
  gradients.length === 1
    ? gradients[0]
    : gradientOf(() => addN(gradients.map((gradient) => gradient.compute())));

/** The gradient and that of what the parameter's regularizer adds to the loss. */
function penalized({ parameter: { variable, penalty }, gradient }: Update): Gradient {
  if (!penalty) return gradient;
  return gradientOf(() => {
    neverRepeat();
    return add(gradient.compute(), grad(penalty)(variable));
  });
}
