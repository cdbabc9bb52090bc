import type { FeedbackRule, Pass, TensorTree, Unit } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Compared, compared, cosines, joined, overLargest } from './example-cosines.js';

/** How one unit's learning compares with backpropagation's; null where the rule has nothing to compare. */
export interface UnitAlignment {
  readonly unit: string;
  /** cos(W_l, B_l) for feedback alignment; cos(W_l, F_{l−1}ᵀF_l) and cos(W_L, F_{L−1}ᵀ) for direct feedback. */
  readonly weightAlignment: number | null;
  /** arccos of it, in degrees. */
  readonly weightAngle: number | null;
  /**
   * The mean over the examples of cos(δ_l of the rule, δ_l of backpropagation), at the pre-activations. An example that
   * neither has a signal for is left out, so that a rule's alignment with itself is 1; one that only one of them has a
   * signal for counts as zero. Null where no example is left.
   */
  readonly gradientAlignment: number | null;
  /** The angle between the rule's and backpropagation's gradient of the kernel, flattened, in degrees. */
  readonly weightGradientAngle: number | null;
  /** ‖B_l‖/‖W_l‖ */
  readonly feedbackRatio: number | null;
  /** ‖δ_l of the rule‖/‖δ_l of backpropagation‖ over the batch. */
  readonly signalRatio: number | null;
}

export interface Alignment {
  readonly units: readonly UnitAlignment[];
  /** Over all units whose weights have something to align with, concatenated. */
  readonly weightAlignment: number | null;
  readonly weightAngle: number | null;
  /** Over all hidden units, concatenated: the mean over the examples, as for one unit. */
  readonly gradientAlignment: number | null;
}

/** An alignment that is still on the device: read it with `readAlignment`, outside of any `tidy`. */
export interface MeasuredAlignment {
  readonly units: readonly string[];
  /** Named scalars. */
  readonly names: readonly string[];
  readonly values: tf.Tensor1D;
}

/** Of tensors of one shape. */
const dot = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b));
/** Of a length whose square float32 can tell from zero. */
const direction = (a: tf.Tensor) => overLargest(a, tf.max(tf.abs(a)));

/**
 * Compares a rule's pass with backpropagation over the same batch and forward pass. Call it in the `tidy` of the
 * training step, before the update, as an observer is; `values` is kept and belongs to the caller.
 *
 * The definitions are those of Refinetti et al. 2021 and of Lillicrap et al. 2016; the cosine of signals, that of
 * weight gradients and that of a flattened batch are three metrics with three values, so each has its name.
 *
 * @example
 * ```ts
 * let measured: MeasuredAlignment | undefined;
 * handle.observe((pass) => { measured ??= measureAlignment(pass, handle.rule); });
 * await model.trainOnBatch(x, y);
 * const { units } = await readAlignment(measured!);
 * ```
 */
export function measureAlignment<S extends TensorTree>(
  pass: Pass<S>,
  rule: FeedbackRule<S>,
): MeasuredAlignment {
  const { network, truth } = pass;
  const scalars = new Map<string, tf.Tensor>();
  const signals: Compared[] = [];
  const gradientsOf = (of: Pass<never>) =>
    new Map(of.gradients(() => true).map(({ parameter, gradient }) => [parameter, gradient]));

  const own = gradientsOf(pass as Pass<never>);
  const exact = gradientsOf(truth as Pass<never>);
  const put = (unit: Unit, name: string, value: tf.Tensor) => scalars.set(`${unit.name}|${name}`, value);
  for (const unit of network.units) {
    const given = rule.alignmentTarget?.(unit, pass);
    const kernel = unit.kernel;
    if (given && kernel) {
      const target = tf.reshape(given, kernel.variable.shape);
      put(unit, 'wb', dot(kernel.variable, target));
      put(unit, 'ww', dot(kernel.variable, kernel.variable));
      put(unit, 'bb', dot(target, target));
    }
    const ownGradient = kernel && own.get(kernel)?.compute();
    const exactGradient = kernel && exact.get(kernel)?.compute();
    if (ownGradient && exactGradient) {
      const [g, e] = [direction(ownGradient), direction(exactGradient)];
      put(unit, 'gg', dot(g, e));
      put(unit, 'go', dot(g, g));
      put(unit, 'ge', dot(e, e));
    }
    const delta = pass.delta(unit);
    const trueDelta = truth.delta(unit);
    if (unit.isOutput || !delta || !trueDelta) continue;
    const signal = compared(delta, trueDelta);
    signals.push(signal);
    for (const [name, value] of Object.entries(cosines(signal))) put(unit, name, value);
    put(unit, 'dd', dot(delta, delta));
    put(unit, 'tt', dot(trueDelta, trueDelta));
  }
  if (signals.length > 0) {
    for (const [name, value] of Object.entries(cosines(joined(signals)))) scalars.set(`|${name}`, value);
  }
  const flat = [...scalars.values()].map((value) => tf.reshape(value, [1]) as tf.Tensor1D);
  return {
    units: network.units.map((unit) => unit.name),
    names: [...scalars.keys()],
    values: tf.keep(flat.length > 0 ? tf.concat1d(flat) : tf.tensor1d([])),
  };
}

const degrees = (cosine: number | null) =>
  cosine === null ? null : (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
/** ab/√(aa·bb), or null where one of them has no length. */
const cosineOf = (ab?: number, aa?: number, bb?: number) =>
  ab !== undefined && aa && bb ? ab / Math.sqrt(aa * bb) : null;
const meanOf = (sum?: number, count?: number) => (sum !== undefined && count ? sum / count : null);
const ratioOf = (a?: number, b?: number) => (a !== undefined && b ? Math.sqrt(a / b) : null);

/** Reads a measured alignment from the device and frees it. */
export async function readAlignment({ units, names, values }: MeasuredAlignment): Promise<Alignment> {
  const data = await values.data();
  values.dispose();
  const known = new Map(names.map((name, i) => [name, data[i]]));
  const of = (unit: string, name: string) => known.get(`${unit}|${name}`);
  const total = (name: string) => units.reduce((sum, unit) => sum + (of(unit, name) ?? 0), 0);
  const weightAlignment = cosineOf(total('wb'), total('ww'), total('bb'));
  return {
    units: units.map((unit) => {
      const aligned = cosineOf(of(unit, 'wb'), of(unit, 'ww'), of(unit, 'bb'));
      return {
        unit,
        weightAlignment: aligned,
        weightAngle: degrees(aligned),
        gradientAlignment: meanOf(of(unit, 'cosines'), of(unit, 'examples')),
        weightGradientAngle: degrees(cosineOf(of(unit, 'gg'), of(unit, 'go'), of(unit, 'ge'))),
        feedbackRatio: ratioOf(of(unit, 'bb'), of(unit, 'ww')),
        signalRatio: ratioOf(of(unit, 'dd'), of(unit, 'tt')),
      };
    }),
    weightAlignment,
    weightAngle: degrees(weightAlignment),
    gradientAlignment: meanOf(of('', 'cosines'), of('', 'examples')),
  };
}
