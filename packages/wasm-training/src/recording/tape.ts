import type { Scalar } from '@feedalign/core';
import type { TensorInfo, Variable } from '@tensorflow/tfjs-core';
import type { TableAddresses } from '../engine.js';
import type { KernelName } from '../generated/engine.js';

/** A kernel that was run, with addresses and numbers as it got them. */
export interface Call {
  readonly kernel: KernelName;
  readonly parts: number;
  readonly given: readonly Scalar[];
  /** Whether it changes variables, and so not where the loss is not finite. */
  readonly isChanging: boolean;
}

/** What the engine tells of a step while it is recorded. */
export interface Tape {
  called(call: Call): void;
  /** The engine made a tensor. */
  made(tensor: TensorInfo, address: number): void;
  /** A kernel takes this tensor. */
  used(tensor: TensorInfo, address: number): void;
  /** A kernel changes this variable in place. */
  changed(variable: Variable): void;
  /** A place in memory of the recording's own. */
  scratch(use: string, bytes: number): number;
  /** A table was written to such a place: which of its words are addresses, or differ from step to step. */
  table(
    address: number,
    words: number,
    addresses: TableAddresses,
    scalars?: Readonly<Record<number, Scalar>>,
  ): void;
  /** Bytes that each thread needs of its own. */
  needs(local: number): void;
  /** Something happens that cannot be repeated from the list of calls. */
  refuse(reason: string): void;
}
