import type { Alignment } from '@feedalign/metrics';

/** Training begins: what is about to happen. */
export interface StartEvent {
  readonly type: 'start';
  readonly rule: string;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Examples to train on. */
  readonly examples: number;
  /** Numbers that learn or could. */
  readonly parameters: number;
}

/** Where `reportEvery` says, at each epoch's last step, and at the first step of all. */
export interface StepEvent {
  readonly type: 'step';
  /** From 1. */
  readonly epoch: number;
  /** Steps since the beginning of the run, from 1. */
  readonly step: number;
  /** Of this batch, a mean over its examples, before its update. */
  readonly loss: number;
  /** Share of right predictions since the last step event, each before its update. */
  readonly accuracy: number;
  /** Training examples a second so far, measuring and evaluating not counted. */
  readonly examplesPerSecond: number;
  /** Of this batch, before its update; only with `alignment`. */
  readonly alignment?: Alignment;
}

/** An epoch is over. */
export interface EpochEvent {
  readonly type: 'epoch';
  readonly epoch: number;
  readonly step: number;
  /** Means over the epoch's batches, each before its update. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** After the epoch; only when there is validation data. */
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  /** Seconds of training since the beginning, measuring and evaluating not counted. */
  readonly seconds: number;
  readonly examplesPerSecond: number;
  /** As it was at the epoch's last step. */
  readonly alignment?: Alignment;
}

/** Training is over; the network holds its last weights, with `patience` those of the best epoch. */
export interface EndEvent {
  readonly type: 'end';
  /** That were run. */
  readonly epochs: number;
  readonly steps: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
  /** With `patience`: the epoch whose weights the network holds. */
  readonly bestEpoch?: number;
}

export type TrainEvent = StartEvent | StepEvent | EpochEvent | EndEvent;
