import { type Repeated, repeated } from '@feedalign/backend';
import {
  createPass,
  disposeTree,
  type FeedbackRule,
  type ForwardRecord,
  forward,
  heldTree,
  type Network,
  type Objective,
  type Optimizer,
  parametersOf,
  type Rng,
  replaceTree,
  type TensorTree,
  takeStep,
  tensorsOf,
} from '@feedalign/core';
import { type Batch, type BatchTensors, toTensors } from '@feedalign/datasets';
import { evaluate, type LossFunction, type LossName, lossesFor, type Reduction } from '@feedalign/losses';
import { correctPredictions, type MeasuredAlignment, measureAlignment } from '@feedalign/metrics';
import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { DivergedError, firstNotFinite } from './diverged.js';

export interface RunOptions {
  readonly optimizer: Optimizer;
  readonly loss: LossName | LossFunction;
  readonly reduction: Reduction;
  /** Of the feedback. */
  readonly rng: Rng;
  /** Of a step's dropout masks, and of what a rule draws in it. */
  readonly rngOf: (step: number) => Rng;
}

export interface StepResult {
  /** A mean over the batch's examples, before the update. */
  readonly loss: number;
  readonly correct: number;
  readonly measured?: MeasuredAlignment;
}

interface StepContext {
  readonly epoch: number;
  readonly step: number;
  readonly measure: boolean;
}

/** A network in training: what it holds between steps, and one step. */
export interface Run {
  /** Numbers that learn or could. */
  readonly parameters: number;
  step(batch: Batch, context: StepContext): Promise<StepResult>;
  dispose(): void;
}

export function startRun<S extends TensorTree>(
  network: Network,
  rule: FeedbackRule<S>,
  { optimizer, loss, reduction, rng, rngOf }: RunOptions,
): Run {
  const losses = lossesFor(network, loss);
  const parameters = parametersOf(network).filter((parameter) => parameter.trainable);
  let state = heldTree(() => rule.init(network, rng));
  const feedback = rule.parameters?.(network, state) ?? [];
  const optimizerState = optimizer.init([...parameters, ...feedback]);

  /** By how many examples a batch has: its tensors, filled anew in each step, and the steps over them. */
  const places = new Map<number, Place>();
  const placeFor = ({ count }: Batch) => {
    const place: Place = places.get(count) ?? { steps: repeated() };
    places.set(count, place);
    return place;
  };
  /** What a step depends on beside the batch and the variables; undefined where each step differs from the last. */
  const numbersNow = () => {
    const numbers = optimizer.numbers?.(optimizerState);
    return numbers && [...numbers, ...parameters.map((parameter) => Number(parameter.trainable))];
  };

  return {
    parameters: parameters.reduce((sum, { variable }) => sum + variable.size, 0),
    step: async (batch, { epoch, step, measure }) => {
      const place = placeFor(batch);
      const { steps } = place;
      // A rule that learns may keep what shares an input's data: it gets tensors of its own.
      if (rule.learn) disposeTensors(place);
      const given = toTensors(batch, place.given);
      place.given = given;
      const owned: Tensor[] = [];
      const isPlain = !measure && !rule.learn;
      const round = steps.round([], isPlain ? numbersNow() : undefined);
      try {
        let made: ForwardPass | undefined;
        const seen = round.stretch(() => {
          made = held([given.inputs, given.targets], () => {
            const record = forward(network, [given.inputs], { training: true, rng: rngOf(step) });
            return { record, objective: evaluate(record, { losses, targets: [given.targets], reduction }) };
          });
          owned.push(...made.owned);
          return {
            loss: made.objective.loss,
            predictions: made.objective.predictions,
            outputs: made.record.records.map(({ output }) => output),
          };
        });
        const [total] = await seen.loss.data();
        if (!Number.isFinite(total)) {
          const layer = await firstNotFinite(network, seen.outputs);
          throw new DivergedError(rule.name, epoch, step, layer, total);
        }
        const correct = correctPredictions(await seen.predictions[0].data(), batch.labels);
        let measured: MeasuredAlignment | undefined;
        round.stretch(() => {
          const { record, objective } = made as ForwardPass;
          tidy(() => {
            const pass = createPass(record, objective, rule, state, {
              // What a rule asks of this makes one step unlike the next.
              get step() {
                steps.varies();
                return step - 1;
              },
              get rng() {
                steps.varies();
                return rngOf(step).stream('rule');
              },
            });
            if (measure) measured = measureAlignment(pass, rule);
            takeStep(optimizer, pass.gradients(), optimizerState);
            if (rule.learn) state = replaceTree(state, rule.learn(pass));
          });
          return null;
        });
        if (round.isRepeated) optimizer.repeated?.(optimizerState);
        round.end();
        return { loss: reduction === 'sum' ? total / batch.count : total, correct, measured };
      } finally {
        dispose(owned);
      }
    },
    dispose: () => {
      for (const place of places.values()) {
        place.steps.dispose();
        disposeTensors(place);
      }
      disposeTree(state);
      optimizer.dispose(optimizerState);
    },
  };
}

interface Place {
  readonly steps: Repeated;
  given?: BatchTensors;
}

function disposeTensors(place: Place): void {
  if (place.given) dispose([place.given.inputs, place.given.targets]);
  place.given = undefined;
}

interface ForwardPass {
  readonly record: ForwardRecord;
  readonly objective: Objective;
  readonly owned: readonly Tensor[];
}

/** A forward pass over what is given, which outlives its `tidy`: its loss can be looked at before anything learns from it. */
function held(given: readonly Tensor[], compute: () => Omit<ForwardPass, 'owned'>): ForwardPass {
  let made: Omit<ForwardPass, 'owned'> | undefined;
  const owned = tidy((): Tensor[] => {
    made = compute();
    const { record, objective } = made;
    const saved = record.records.map(({ output, saved }) => [output, saved as TensorTree]);
    const found = [...tensorsOf(saved), ...tensorsOf({ ...objective })].map(([, tensor]) => tensor);
    return found.filter((tensor) => !given.includes(tensor));
  });
  return { ...(made as NonNullable<typeof made>), owned };
}
