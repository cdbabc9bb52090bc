import { FeedalignError, type FeedbackRule, type TensorTree } from '@feedalign/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type EncodedTree, encodedTree } from '../saved-state.js';

/** Where a run stands in its random numbers. */
export interface Progress {
  readonly seed: number;
  steps: number;
  /** Epochs whose order of examples was drawn. */
  epochs: number;
}

/** What a saved model says of its conversion, under `feedalign` in its user-defined metadata. */
interface Note extends Progress {
  readonly version: 1;
  readonly rule: string;
  readonly options: Record<string, unknown>;
  /** The rule's feedback, where it cannot be drawn again from the seed. */
  readonly state?: EncodedTree;
}

type Metadata = Record<string, unknown>;

/**
 * Adds the note to whatever metadata the model has or gets. It is made anew whenever the metadata is read, so that
 * a saved model tells the steps at the time it was saved. Returns what undoes it.
 */
export function writeMetadata(
  model: LayersModel,
  rule: Pick<FeedbackRule, 'name' | 'options' | 'savesState'>,
  progress: Progress,
  state: () => TensorTree,
): () => void {
  const field = 'userDefinedMetadata';
  let own = model.getUserDefinedMetadata() as Metadata | undefined;
  const note = (): Note => ({
    version: 1,
    rule: rule.name,
    options: { ...rule.options },
    ...progress,
    ...(rule.savesState && { state: encodedTree(state()) }),
  });
  Object.defineProperty(model, field, {
    configurable: true,
    enumerable: true,
    get: () => ({ ...own, feedalign: note() }),
    set: (metadata: Metadata) => {
      own = metadata;
    },
  });
  return () => {
    Reflect.deleteProperty(model, field);
    if (own) model.setUserDefinedMetadata(own);
  };
}

/** @throws FeedalignError `unsupported-model` when there is no note, or one of another version */
export function readMetadata(model: LayersModel): Note {
  const note = (model.getUserDefinedMetadata() as { feedalign?: Note } | undefined)?.feedalign;
  if (note?.version === 1) return note;
  throw new FeedalignError(
    'unsupported-model',
    note
      ? `The model '${model.name}' was saved by another version of feedalign (${note.version}).`
      : `The model '${model.name}' carries no note of a conversion.`,
    'Use convert() with a rule instead.',
  );
}
