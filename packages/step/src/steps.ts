import { type Repeatable, repeatable } from '@feedalign/backend';
import {
  afterStep,
  disposeTree,
  type FeedbackRule,
  heldTree,
  movingRng,
  type Network,
  neverRepeat,
  type Parameter,
  type Pass,
  parametersOf,
  type Rng,
  type TensorTree,
} from '@feedalign/core';
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { inStages } from './in-stages.js';
import type { Given, How, Learning } from './learning.js';
import { together } from './together.js';
import { wordOf } from './word.js';

export interface StepsOptions<S extends TensorTree> {
  /** The run's random numbers: of the feedback, of dropout's masks, and of what a rule draws in a step. */
  readonly rng: Rng;
  /** The rule's state, to go on from. Default: drawn from the stream 'feedback'. */
  readonly state?: S;
  /** Steps taken before. Default 0. */
  readonly count?: number;
}

export interface Looks<S> {
  /** Sees the pass after the signals and before the update. A step that is looked at is computed. */
  readonly observers?: Iterable<(pass: Pass<S>) => void>;
  /** The same tensors come each time, filled anew: they are read where they lie. Default false. */
  readonly refilled?: boolean;
  /** Whether anybody looks at the predictions, which have to be copied out. Default true. */
  readonly predictions?: boolean;
}

/** What came out of a step: new tensors, before the update. */
export interface Taken {
  readonly [name: string]: TensorTree;
  /** A scalar, with the penalty. */
  readonly loss: Tensor;
  /** The part of it that each output has. */
  readonly losses: readonly Tensor[];
  /** None where nobody wants them. */
  readonly predictions: readonly Tensor[];
}

export interface Stepper<S> {
  /** Takes a step. Call it in a `tidy`, or dispose what it returns. A step whose loss is not finite changes nothing. */
  take(given: Given, looks?: Looks<S>): Taken;
  /** The recordings of the step as programs for people to read, or why it is computed each time. */
  explained(): string[];
  /** Frees the recordings. */
  dispose(): void;
}

/** A network that learns by a rule: what is kept from one step to the next. */
export interface Steps<S extends TensorTree = TensorTree> {
  readonly network: Network;
  readonly rule: FeedbackRule<S>;
  /** The rule's state as it is now. */
  readonly state: S;
  /** Steps taken. */
  readonly count: number;
  /** Feedback that the optimizer trains beside the weights. */
  readonly feedback: readonly Parameter[];
  /** The steps under certain losses and an optimizer. */
  under<M>(how: How<M>): Stepper<S>;
  /** Frees the rule's state. */
  dispose(): void;
}

/**
 * One training step, by any rule, the only one there is: forward once, the error of the losses, the rule's signals, the
 * layers' gradients, the optimizer, the rule's own learning. `train` feeds it from data, `convert` from tfjs' `fit`.
 *
 * The random numbers of a step are the stream 'step' of the run's, and of that the stream of its number, counted from 0:
 * layers draw from the streams of their places, the rule from 'rule'. So a seed is the same run in whatever loop.
 *
 * @example
 * ```ts
 * const steps = startSteps(network, feedbackAlignment(), { rng: createRng(1) });
 * const optimizer = sgd({ learningRate: 0.05 });
 * const memory = optimizer.init([...parametersOf(network), ...steps.feedback]);
 * const stepper = steps.under({ losses: lossesFor(network, 'categoricalCrossentropy'), optimizer, memory });
 * const { loss } = stepper.take({ inputs: [x], targets: [y] });
 * ```
 */
export function startSteps<S extends TensorTree>(
  network: Network,
  rule: FeedbackRule<S>,
  { rng, state: given, count: before = 0 }: StepsOptions<S>,
): Steps<S> {
  let state = given ?? heldTree(() => rule.init(network, rng.stream('feedback')));
  let count = before;
  const streams = rng.stream('step');
  const streamNow = () => streams.stream(count);
  const parameters = parametersOf(network);

  const context: Learning<S, unknown>['context'] = (carried) => ({
    get step() {
      // What a rule makes of this would be the same in each repetition.
      if (!rule.phase) neverRepeat();
      return count;
    },
    get rng() {
      return movingRng(() => streamNow().stream('rule'));
    },
    carried,
  });

  const word = wordOf();
  /** A word for what a step follows from beside its tensors; undefined for one that is to be computed. */
  const keyOf = (
    learns: (parameter: Parameter) => boolean,
    { refilled, predictions = true }: Looks<S>,
    { inputs, targets, sampleWeights = [] }: Given,
  ): string | undefined => {
    if (!rule.pure) return undefined;
    word.begin();
    word.add(rule.phase?.(count));
    word.add(network.setting?.());
    word.add(predictions);
    for (const parameter of parameters) word.add(learns(parameter));
    for (const each of sampleWeights) word.add(Boolean(each));
    if (refilled) for (const { id } of [...inputs, ...targets]) word.add(id);
    return word.end();
  };

  return {
    network,
    rule,
    get state() {
      return state;
    },
    get count() {
      return count;
    },
    feedback: rule.parameters?.(network, state) ?? [],
    under: (how) => {
      const { optimizer, learns = isTrainable, penalty } = how;
      const repeats: Repeatable = repeatable();
      const stages = rule.stages?.(network, state);
      const staged = stages && inStages(network, stages, optimizer);
      const step = (given: Given, { observers: looking = [], predictions = true }: Looks<S>): Taken => {
        const observers = [...looking];
        const learning = { ...how, network, rule, learns, state, rng: movingRng(streamNow), context };
        // By the weights that the loss is of.
        const more = penalty?.();
        // Who looks may look at everything: then all learn together.
        const taken =
          staged && observers.length === 0 ? staged(learning, given) : together(learning, given, observers);
        state = learning.state;
        afterStep(() => {
          count++;
        });
        return {
          loss: more ? add(taken.loss, more) : taken.loss,
          losses: taken.losses,
          predictions: predictions ? taken.predictions : [],
        };
      };
      return {
        take: (given, { observers: looking = [], refilled, predictions } = {}) => {
          const observers = [...looking];
          const looks = { observers, refilled, predictions };
          const key = observers.length > 0 ? undefined : keyOf(learns, looks, given);
          if (refilled || key === undefined)
            return repeats.take([], key, () => scoped(() => step(given, looks)));
          const { inputs, targets, sampleWeights = [] } = given;
          const all = inputs.concat(targets, sampleWeights.filter((each) => each) as Tensor[]);
          return repeats.take(all, key, (tensors) => {
            const rest = [...tensors];
            const next = () => rest.shift() as Tensor;
            const batch = {
              inputs: inputs.map(next),
              targets: targets.map(next),
              sampleWeights: sampleWeights.map((each) => each && next()),
            };
            return scoped(() => step(batch, looks));
          });
        },
        explained: repeats.explained,
        dispose: repeats.dispose,
      };
    },
    dispose: () => disposeTree(state),
  };
}

/** What is returned outlives the scope. */
const scoped = (compute: () => Taken): Taken => tidy(compute as () => never);

const isTrainable = ({ trainable }: Parameter) => trainable;
