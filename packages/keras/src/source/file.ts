import { FeedalignError } from '@feedalign/core';
import type { io } from '@tensorflow/tfjs-core';
import type { JsonObject } from '../topology/model.js';
import type { WeightEntry } from '../weights/entry.js';

/** A model that Keras saved. */
export interface KerasFile {
  readonly kind: 'keras';
  readonly topology: JsonObject;
  /** The major version of Keras. */
  readonly version: number;
  readonly weights: readonly WeightEntry[];
  readonly userDefinedMetadata?: Record<string, unknown>;
}

/** A model that TensorFlow.js saved, which it reads itself. */
export interface TfjsFile {
  readonly kind: 'tfjs';
  readonly artifacts: io.ModelArtifacts;
}

/** Where a model's bytes are. */
export interface Place {
  /** For errors. */
  readonly name: string;
  /**
   * The file itself, or another by its path from there.
   *
   * @param most how many bytes it may have
   */
  readonly read: (path?: string, most?: number) => Promise<Uint8Array>;
  /** Is told how many bytes there will be in all, once that is known. */
  readonly expect?: (bytes: number) => void;
}

/** What a file may unpack to, and its weights have, if nothing else is said: 4 GiB. */
export const defaultMaxBytes = 2 ** 32;

/** Refuses what promises more bytes than are allowed. */
export function requireAllowed(what: string, bytes: number, most: number): void {
  if (bytes <= most) return;
  throw badFile(
    `${what} ${bytes} bytes, more than the ${most} that are allowed.`,
    'If it is right, allow more: loadKerasModel(source, { maxBytes }).',
  );
}

export const badFile = (problem: string, wayOut: string, cause?: unknown) =>
  new FeedalignError('bad-data-file', problem, wayOut, { cause });

export const wholeModel = "Save the whole model in Keras: model.save('model.keras').";
