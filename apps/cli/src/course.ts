import type { TrainEvent } from '@feedalign/train';
import type { History, Point, Ran } from './history.js';

type Progress = Pick<
  Ran,
  'epochs' | 'bestEpoch' | 'validationAccuracy' | 'seconds' | 'imagesPerSecond' | 'alignment'
>;

/** What a run goes through, gathered from its events. */
export function courseOf(initialAccuracy: number | undefined) {
  const trainAccuracy: [number, number][] = [];
  const validationAccuracy: [number, number][] = initialAccuracy === undefined ? [] : [[0, initialAccuracy]];
  const alignment: Point[] = [];
  let stepsPerEpoch = 1;
  let epochs = 0;
  let bestEpoch: number | undefined;
  let pace = { seconds: 0, examplesPerSecond: 0 };
  return {
    add: (event: TrainEvent): void => {
      if (event.type === 'start') stepsPerEpoch = event.stepsPerEpoch;
      if (event.type === 'step') {
        const epoch = event.step / stepsPerEpoch;
        trainAccuracy.push([epoch, event.accuracy]);
        if (event.alignment) alignment.push({ epoch: epoch - 1 / stepsPerEpoch, alignment: event.alignment });
      }
      if (event.type === 'epoch') {
        epochs = event.epoch;
        pace = event;
        if (event.validationAccuracy !== undefined)
          validationAccuracy.push([event.epoch, event.validationAccuracy]);
      }
      if (event.type === 'end') {
        pace = event;
        bestEpoch = event.bestEpoch;
      }
    },
    ran: (): Progress => {
      const kept =
        epochs > 0 ? validationAccuracy.find(([epoch]) => epoch === (bestEpoch ?? epochs)) : undefined;
      const end = alignment.at(-1);
      return {
        epochs,
        ...(bestEpoch !== undefined && { bestEpoch }),
        ...(kept && { validationAccuracy: kept[1] }),
        seconds: pace.seconds,
        imagesPerSecond: pace.examplesPerSecond,
        ...(end && { alignment: { start: alignment[0].alignment, end: end.alignment } }),
      };
    },
    curves: (): Omit<History, 'result'> => ({ trainAccuracy, validationAccuracy, alignment }),
  };
}
