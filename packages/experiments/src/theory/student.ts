import type { Rng } from '@feedalign/core';
import { type Committee, committee, learnOnline, type OnlineOptions, overlaps } from './committee.js';
import { generalisationError, type OrderParameters } from './order-parameters.js';

/** The order parameters of a student beside its teacher, as they are now. */
export const orderParametersOf = (student: Committee, teacher: Committee): OrderParameters => ({
  q: overlaps(student, student),
  r: overlaps(student, teacher),
  t: overlaps(teacher, teacher),
  v: [...student.v],
  teacher: [...teacher.v],
});

/** A teacher with weights N(0, 1) and ṽ = (1, …, 1), and a student with weights N(0, 1) and the v given. */
export function teacherAndStudent(
  rng: Rng,
  n: number,
  teachers: number,
  v: readonly number[],
): { readonly teacher: Committee; readonly student: Committee } {
  const ones = Array.from({ length: teachers }, () => 1);
  return {
    teacher: committee(rng.stream('teacher'), n, ones),
    student: committee(rng.stream('student'), n, v),
  };
}

/** One look at an erf student: its error ε and its v. */
export interface Look {
  readonly t: number;
  readonly error: number;
  readonly v: readonly number[];
}

export const lookAtErf = (t: number, state: OrderParameters): Look => ({
  t,
  error: generalisationError(state),
  v: state.v,
});

/** Lets a student learn online from time 0 to the last of `times`; `look` is called at each of them. */
export async function watchStudent<T>(
  student: Committee,
  teacher: Committee,
  rng: Rng,
  options: Omit<OnlineOptions, 'until' | 'see'> & { readonly look: (t: number, state: OrderParameters) => T },
): Promise<T[]> {
  const looks: T[] = [];
  await learnOnline(student, teacher, rng, {
    ...options,
    until: options.times[options.times.length - 1],
    see: (t) => looks.push(options.look(t, orderParametersOf(student, teacher))),
  });
  return looks;
}
