import { activations, backends } from '@feedalign/backend';
import { datasets } from '@feedalign/datasets';
import { type LossName, losses } from '@feedalign/losses';
import { models } from '@feedalign/models';
import { optimizers } from '@feedalign/optim';
import { combinators, distributions, rules } from '@feedalign/rules';
import { z } from 'zod';

const count = z.number().int().min(1);
const share = z.number().min(0);

/** Losses that take one-hot targets. */
const { sparseCategoricalCrossentropy: _, ...lossesOfClasses } = losses;

/** One setting: what a config file and a flag say alike. */
interface Setting {
  readonly schema: z.ZodType;
  /** The flag's placeholder; a setting without one is a switch. */
  readonly value?: string;
  readonly description: string;
}

const list = (table: object) => Object.keys(table).join(', ');
const nameIn = (table: object) => z.enum(Object.keys(table) as [string, ...string[]]);

/** Every setting of a run, by its key in a config file; the flag is the same word with dashes. */
export const settings = {
  dataset: {
    schema: nameIn(datasets),
    value: 'name',
    description: `one of ${list(datasets)}`,
  },
  datasets: {
    schema: z.array(nameIn(datasets)).min(1),
    value: 'names',
    description: `datasets, with commas between: ${list(datasets)}`,
  },
  model: {
    schema: z.string().min(1),
    value: 'model',
    description: `${Object.values(models)
      .map(({ usage }) => usage)
      .join(' or ')}; or the path of a model.json of tfjs or Keras, a .keras or .h5 file`,
  },
  activation: { schema: nameIn(activations), value: 'name', description: 'activation of the hidden layers' },
  initialWeights: {
    schema: z.enum(['random', 'zero']),
    value: 'kind',
    description: 'kernels before training, random or zero (which suits tanh and direct feedback)',
  },
  loss: {
    schema: nameIn(lossesOfClasses),
    value: 'name',
    description: `one of ${list(lossesOfClasses)}; the output's activation goes with it`,
  },
  rule: {
    schema: nameIn({ ...rules, ...combinators }),
    value: 'name',
    description: `one of ${list(rules)}; or, made of others by its options, ${list(combinators)}`,
  },
  ruleOptions: {
    schema: z.record(z.string(), z.unknown()),
    value: 'json',
    description: `the rule's own options, as '{"update":"batch-manhattan"}'`,
  },
  rules: {
    schema: z.array(nameIn(rules)).min(1),
    value: 'names',
    description: `rules to compare, with commas between: ${list(rules)}`,
  },
  feedback: {
    schema: z.string(),
    value: 'name',
    description: `how feedback is drawn: ${list(distributions)}; for the rules with a B also weights`,
  },
  feedbackScale: { schema: z.number().positive(), value: 'factor', description: 'factor on the feedback' },
  optimizer: { schema: nameIn(optimizers), value: 'name', description: `one of ${list(optimizers)}` },
  lr: {
    schema: z.number().positive(),
    value: 'rate',
    description: 'learning rate (default: 0.05 for sgd, 0.001 for the others)',
  },
  rates: {
    schema: z.array(z.number().positive()).min(1),
    value: 'rates',
    description: 'learning rates to choose from by the validation data, with commas between',
  },
  momentum: { schema: z.number().min(0).lt(1), value: 'factor', description: 'momentum of sgd' },
  weightDecay: { schema: z.number().min(0), value: 'rate', description: 'decoupled weight decay' },
  clip: {
    schema: z.number().positive(),
    value: 'norm',
    description: 'clip the gradients to this common norm',
  },
  reduction: {
    schema: z.enum(['mean', 'sum']),
    value: 'kind',
    description:
      "mean or sum of a batch's losses; a sum makes the learning rate count a batch's size times more",
  },
  epochs: { schema: count, value: 'n', description: 'passes over the training examples' },
  batch: { schema: count, value: 'n', description: 'examples in a batch' },
  limit: { schema: count, value: 'n', description: 'train on this many examples only' },
  validation: {
    schema: share,
    value: 'part',
    description: 'share (below 1) or number of training examples kept for validation',
  },
  seed: { schema: z.number().int().min(0), value: 'n', description: 'of weights, feedback, order and split' },
  seeds: { schema: count, value: 'n', description: 'so many runs of each rule, with seeds from --seed on' },
  patience: {
    schema: count,
    value: 'n',
    description: 'end after n epochs without a lower validation loss, and keep the weights of the best one',
  },
  backend: {
    schema: nameIn({ auto: null, ...backends }),
    value: 'name',
    description: `auto or one of ${list(backends)}`,
  },
  threads: {
    schema: z.number().int().min(1).max(64),
    value: 'n',
    description: 'threads that compute on wasm, 1 to 64 (default: all cores)',
  },
  folder: { schema: z.string(), value: 'dir', description: "folder with the dataset's files" },
  url: { schema: z.string(), value: 'url', description: "address of a folder with the dataset's files" },
  align: { schema: z.boolean(), description: 'measure the alignment of weights and gradients' },
  out: {
    schema: z.string(),
    value: 'dir',
    description: 'write the results here, with figures and trained models where there are any',
  },
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

/** The settings that each command takes. */
const some = (...names: SettingName[]) => names;
const ofRuns = some('dataset', 'lr', 'align');
const ofBenchmarks = some('datasets', 'rates');
const ofRules = some('rule', 'ruleOptions', 'rules', 'seeds');
const shared = (Object.keys(settings) as SettingName[]).filter(
  (name) => ![...ofRuns, ...ofBenchmarks, ...ofRules].includes(name),
);
export const settingsOf = {
  train: ['rule', 'ruleOptions', ...ofRuns, ...shared],
  compare: ['rules', 'seeds', ...ofRuns, ...shared],
  benchmark: ['rules', 'seeds', ...ofBenchmarks, ...shared],
  convert: ['rule', 'ruleOptions', 'feedback', 'feedbackScale', 'backend', 'threads', 'out'],
  doctor: ['backend', 'threads'],
} satisfies Record<string, readonly SettingName[]>;

/** A config file: any of the settings, and nothing else. */
export const configSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(settings).map(([name, { schema, description }]) => [
      name,
      (schema as z.ZodType).describe(description).optional(),
    ]),
  ),
);

export interface Settings {
  readonly dataset: string;
  readonly datasets: readonly string[];
  readonly rates: readonly number[];
  readonly seeds: number;
  readonly model: string;
  readonly activation: string;
  readonly initialWeights: 'random' | 'zero';
  readonly loss: LossName;
  readonly rule: string;
  readonly ruleOptions?: Readonly<Record<string, unknown>>;
  readonly rules: readonly string[];
  readonly feedback?: string;
  readonly feedbackScale?: number;
  readonly optimizer: string;
  /** Default: as `learningRateOf` has it, by optimizer. */
  readonly lr?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly clip?: number;
  readonly reduction: 'mean' | 'sum';
  readonly epochs: number;
  readonly batch: number;
  readonly limit?: number;
  readonly validation: number;
  readonly seed: number;
  readonly patience?: number;
  readonly backend: string;
  readonly threads?: number;
  readonly folder?: string;
  readonly url?: string;
  readonly align: boolean;
  readonly out?: string;
}
