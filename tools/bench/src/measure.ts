import type { Plan, Samples } from './benchmark.js';
import type { Facts } from './protocol.js';
import { type RunningSubject, startSubject } from './subject-process.js';

export interface Measured {
  readonly samples: Samples;
  /** What each subject says about itself. */
  readonly facts: Readonly<Record<string, Facts>>;
}

/**
 * Starts every subject of a plan, and measures them in turns: each case of each subject once a round, every other round
 * in the opposite order, so that a machine that gets slower or faster on the way does so for all of them.
 */
export async function measure({ subjects, rounds = 7 }: Plan): Promise<Measured> {
  const running: Record<string, RunningSubject> = {};
  try {
    for (const [name, subject] of Object.entries(subjects)) running[name] = await startSubject(subject);
    const samples: Record<string, number[]> = {};
    const turns = Object.entries(running).flatMap(([name, { facts, measure }]) =>
      facts.cases.map((each) => ({
        series: `${name}.${each}`,
        take: () => measure(each),
        atMost: subjects[name].atMost ?? rounds,
      })),
    );
    for (let round = 0; round < rounds; round++) {
      for (const { series, take, atMost } of round % 2 === 0 ? turns : turns.toReversed()) {
        samples[series] ??= [];
        if (samples[series].length < atMost) samples[series].push(await take());
      }
    }
    const facts = Object.entries(running).map(([name, subject]) => [name, subject.facts]);
    return { samples, facts: Object.fromEntries(facts) };
  } finally {
    for (const subject of Object.values(running)) subject.end();
  }
}
