import { type BackendName, useBackend } from '@feedalign/backend';
import { createRng, type FeedbackRule, type Network } from '@feedalign/core';
import { blobs, type Examples } from '@feedalign/datasets';
import { trace } from '@feedalign/layers';
import { mlp } from '@feedalign/models';
import { type RuleName, rules } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll } from 'vitest';
import { type TrainEvent, type TrainOptions, train } from '../src/index.js';

export const on = (backend: BackendName) => {
  beforeAll(async () => {
    await useBackend(backend);
  });
  afterEach(() => tf.disposeVariables());
};

export const ruleNames = Object.keys(rules) as RuleName[];
export const ruleNamed = (name: RuleName) => rules[name].make() as FeedbackRule;

/** 3 classes of `perClass` examples in four dimensions, and as many to validate on. */
export function clouds(perClass = 10): { train: Examples; validation: Examples } {
  const data = blobs({ classes: 3, perClass, dimensions: 4, spread: 0.3, rng: createRng(2) });
  return { train: data.train, validation: data.test };
}

/** 4-6-5-3; the same weights each time. */
export const network = (): Network =>
  trace(mlp([6, 5], { inputShape: [4], classes: 3, seed: 1, activation: 'tanh' }));

export const weightsOf = ({ nodes }: Network) =>
  nodes.flatMap(({ operation }) => operation.parameters.map(({ variable }) => [...variable.dataSync()]));

export async function collected(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The weights after a run. */
export async function trained(options: TrainOptions, rule: RuleName = 'dfa', data = clouds()) {
  const trainee = network();
  const events = await collected(train(trainee, ruleNamed(rule), data, options));
  return { events, weights: weightsOf(trainee), network: trainee };
}

export const ofType = <T extends TrainEvent['type']>(events: readonly TrainEvent[], type: T) =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);
