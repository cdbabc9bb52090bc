import { useBackend } from '@feedalign/backend';
import { gradientOf, type Parameter, type Update } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll } from 'vitest';

export const onCpu = () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  afterEach(() => tf.disposeVariables());
};

export const parameterOf = (name: string, values: number[]): Parameter => ({
  name,
  variable: tf.tidy(() => tf.variable(tf.tensor1d(values))),
  trainable: true,
});

export const updateOf = (parameter: Parameter, gradient: readonly number[]): Update => ({
  parameter,
  gradient: gradientOf(() => tf.tensor1d([...gradient])),
});

export const valuesOf = ({ variable }: Parameter) => [...variable.dataSync()];
