import type { Course } from './follow.js';

/** Half decades: …, 0.1, 0.3, 1, 3, …, of which 1 is the 0th. */
const halfDecade = (k: number): number => Number(`${k % 2 === 0 ? 1 : 3}e${Math.floor(k / 2)}`);
const placeOf = (rate: number): number => Math.round(2 * Math.log10(rate));

/** From one learning rate to another, by half decades: what is tried at first. */
export type Rates = readonly [from: number, to: number];

export interface Tuned {
  readonly learningRate: number;
  /** Validation accuracy by learning rate, of all that were tried. */
  readonly tried: readonly (readonly [learningRate: number, validationAccuracy: number])[];
  readonly course: Course;
}

/**
 * The run with the learning rate that is best on the validation examples, of half decades; the grid is widened until the best
 * does not lie at an edge of it. Of rates that are equally good it takes the first that was tried.
 */
export async function tuned(
  [from, to]: Rates,
  run: (learningRate: number) => Promise<Course>,
): Promise<Tuned> {
  const courses = new Map<number, Course>();
  const accuracyOf = (k: number) => courses.get(k)?.validationAccuracy ?? 0;
  const tryAt = async (k: number) => courses.set(k, await run(halfDecade(k)));
  const best = () => [...courses.keys()].reduce((a, b) => (accuracyOf(b) > accuracyOf(a) ? b : a));
  for (let k = placeOf(from); k <= placeOf(to); k++) await tryAt(k);
  for (;;) {
    const missing = [best() - 1, best() + 1].find((k) => !courses.has(k));
    if (missing === undefined) break;
    await tryAt(missing);
  }
  return {
    learningRate: halfDecade(best()),
    tried: [...courses.keys()].sort((a, b) => a - b).map((k) => [halfDecade(k), accuracyOf(k)]),
    course: courses.get(best()) as Course,
  };
}
