import type { Benchmark, Row } from '../benchmark.js';
import { medianOf, peakOf } from '../estimates.js';
import { summarize } from '../statistics.js';
import { peak as peakSubject, threadsText } from '../subjects.js';

/** The limit that the shares are measured by; nothing is asked of it. */
export const peak: Benchmark = {
  measures: 'the machine’s limit: multiply-adds in registers, or the best product',
  plan: (settings) => {
    const counts = [...new Set([1, settings.threads])];
    return {
      subjects: Object.fromEntries(counts.map((count) => [`peak${count}`, peakSubject(settings, count)])),
      rows: counts.flatMap((count): Row[] => {
        const name = `peak${count}`;
        return [
          {
            row: `limit, ${threadsText(count)}`,
            unit: 'GFLOP/s',
            estimate: (samples) => ({
              ...summarize(peakOf(name)(samples)),
              from: [`${name}.loop`, `${name}.product`],
            }),
          },
          {
            row: `product 1024³, ${threadsText(count)}`,
            unit: 'GFLOP/s',
            estimate: medianOf(`${name}.product`),
          },
        ];
      }),
    };
  },
};
