import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng, type Rng, signsPerBlock, threefry } from '../src/index.js';

const numbers = (name: string) => createRng(7).stream(name).uniform(16);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const moment = (values: ArrayLike<number>, power: number) =>
  mean(Array.from(values, (value) => value ** power));
const property = { numRuns: 60, seed: 1 };

describe('threefry', () => {
  // Random123's known-answer vectors of threefry2x32, 20 rounds.
  it.each([
    {
      key: [0, 0],
      counter: [0, 0],
      expected: [0x6b200159, 0x99ba4efe],
    },
    {
      key: [0xffffffff, 0xffffffff],
      counter: [0xffffffff, 0xffffffff],
      expected: [0x1cb996fc, 0xbb002be7],
    },
    {
      key: [0x13198a2e, 0x03707344],
      counter: [0x243f6a88, 0x85a308d3],
      expected: [0xc4923a9c, 0x483df7a0],
    },
  ])('key $key, counter $counter', ({ key, counter, expected }) => {
    const out = new Uint32Array(2);
    threefry(key[0], key[1], counter[0], counter[1], out);
    expect([...out]).toEqual(expected);
  });

  it('writes its two words where it is told', () => {
    const out = Uint32Array.of(1, 2, 3, 4);
    threefry(0, 0, 0, 0, out, 1);
    expect([...out]).toEqual([1, 0x6b200159, 0x99ba4efe, 4]);
  });

  it('is what a seed draws from: key = seed, counter from 0', () => {
    const out = new Uint32Array(4);
    threefry(5, 3, 0, 0, out);
    threefry(5, 3, 1, 0, out, 2);
    const rng = createRng(5 + 3 * 2 ** 32);
    expect([rng.integer(), rng.integer()]).toEqual([out[0], out[2]]);
  });
});

describe('streams', () => {
  it('of one name give the same numbers from the start, whatever was drawn before', () => {
    const root = createRng(7);
    root.uniform(5);
    root.stream('other').normal(3);
    const stream = root.stream('feedback');
    stream.uniform(4);
    expect(root.stream('feedback').uniform(16)).toEqual(numbers('feedback'));
  });

  it('do not move when another stream is asked for', () => {
    const [plain, disturbed] = [createRng(7), createRng(7)];
    plain.uniform(2);
    disturbed.uniform(2);
    disturbed.stream('x').uniform(100);
    expect(disturbed.uniform(8)).toEqual(plain.uniform(8));
  });

  it('of a name and of a number differ, as do nested ones in another order', () => {
    const root = createRng(7);
    expect(root.stream('1').uniform(4)).not.toEqual(root.stream(1).uniform(4));
    expect(root.stream('a').stream('b').uniform(4)).not.toEqual(root.stream('b').stream('a').uniform(4));
    expect(root.stream('a').uniform(4)).not.toEqual(root.uniform(4));
  });

  it('of many names and numbers start with different words', () => {
    const root = createRng(3);
    const first = Array.from({ length: 2000 }, (_, i) => [root.stream(i), root.stream(`${i}`)]).flat();
    // Of 4000 words of 32 bits two are equal with a probability of .002; these are not.
    expect(new Set(first.map((stream) => stream.integer())).size).toBe(4000);
  });

  it('are not correlated with their neighbours, and neither are seeds', () => {
    const count = 20_000;
    const root = createRng(0);
    const draws = [root.stream(0), root.stream(1), root.stream('0'), root, createRng(1)].map((rng) =>
      rng.normal(count),
    );
    for (let i = 0; i < draws.length; i++) {
      for (let j = 0; j < i; j++) {
        const correlation = mean(draws[i].map((value, k) => value * draws[j][k]));
        expect(Math.abs(correlation), `${i} and ${j}`).toBeLessThan(4.5 / Math.sqrt(count));
      }
    }
  });
});

describe('drawing in pieces', () => {
  const draws: Record<string, (rng: Rng, count: number) => Float32Array> = {
    uniform: (rng, count) => rng.uniform(count),
    normal: (rng, count) => rng.normal(count),
    rademacher: (rng, count) => rng.rademacher(count),
  };

  it.each(Object.keys(draws))('%s: pieces of whole blocks are what is drawn at once', (name) => {
    const block = name === 'rademacher' ? signsPerBlock : 2;
    const whole = fc.integer({ min: 0, max: 20 }).map((blocks) => block * blocks);
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 6 }), fc.nat(), (pieces, seed) => {
        const [whole, parts] = [createRng(seed), createRng(seed)];
        const count = pieces.reduce((sum, piece) => sum + piece, 0);
        const joined = pieces.flatMap((piece) => [...draws[name](parts, piece)]);
        expect(joined).toEqual([...draws[name](whole, count)]);
      }),
      property,
    );
  });

  it.each(Object.keys(draws))('%s: fewer numbers are the beginning of more', (name) => {
    expect(draws[name](createRng(1), 7)).toEqual(draws[name](createRng(1), 12).slice(0, 7));
  });

  it('a piece of odd length leaves the other half of its last block unused', () => {
    const [whole, parts] = [createRng(2).uniform(6), createRng(2)];
    expect([...parts.uniform(3), ...parts.uniform(2)]).toEqual([
      whole[0],
      whole[1],
      whole[2],
      whole[4],
      whole[5],
    ]);
  });

  it('drawing nothing does not advance', () => {
    const rng = createRng(2);
    rng.uniform(0);
    rng.permutation(0);
    expect(rng.uniform(4)).toEqual(createRng(2).uniform(4));
  });
});

describe('reserve', () => {
  it.each(['uniform', 'normal', 'rademacher', 'permutation'] as const)(
    '%s: as a draw of as many numbers, which can be drawn from the place',
    (name) => {
      const odd = fc.integer({ min: 0, max: 21 });
      fc.assert(
        fc.property(odd, odd, fc.maxSafeNat(), (before, count, seed) => {
          const [drawing, reserving] = [createRng(seed), createRng(seed)];
          drawing.uniform(before);
          reserving.uniform(before);
          const drawn = drawing[name](count);
          const place = reserving.reserve(count, name === 'rademacher' ? signsPerBlock : undefined);
          expect(createRng(place)[name](count)).toEqual(drawn);
          expect(reserving.uniform(5)).toEqual(drawing.uniform(5));
        }),
        property,
      );
    },
  );

  it('is of the stream it is asked for, in plain numbers, and does not move streams of a name', () => {
    const rng = createRng(1).stream('feedback');
    rng.integer();
    const place = rng.reserve(3);
    expect(JSON.parse(JSON.stringify(place))).toEqual(place);
    expect(place.counter).toBe(1);
    expect(createRng(place).stream('x').uniform(4)).toEqual(rng.stream('x').uniform(4));
  });

  it('counts on beyond 2³²', () => {
    const out = new Uint32Array(4);
    threefry(8, 9, 0xffffffff, 5, out);
    threefry(8, 9, 0, 6, out, 2);
    const rng = createRng({ key: [8, 9], counter: 6 * 2 ** 32 - 1 });
    expect([rng.integer(), rng.integer()]).toEqual([out[0], out[2]]);
  });
});

describe('distributions', () => {
  const count = 100_000;
  const within = (value: number, expected: number, deviation: number) =>
    expect(Math.abs(value - expected)).toBeLessThan((4.5 * deviation) / Math.sqrt(count));

  it('uniform: on [0, 1) with the moments of it', () => {
    const values = createRng(11).uniform(count);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    within(mean(values), 1 / 2, Math.sqrt(1 / 12));
    within(moment(values, 2), 1 / 3, Math.sqrt(1 / 5 - 1 / 9));
    within(moment(values, 3), 1 / 4, Math.sqrt(1 / 7 - 1 / 16));
  });

  it('uniform: between the limits given', () => {
    const limits = fc.tuple(
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.double({ min: 0.01, max: 50, noNaN: true }),
    );
    fc.assert(
      fc.property(limits, fc.nat(), ([low, width], seed) => {
        const values = createRng(seed).uniform(300, low, low + width);
        const scaled = values.map((value) => (value - low) / width);
        expect(values.every((value) => value >= Math.fround(low) && value <= Math.fround(low + width))).toBe(
          true,
        );
        expect(Math.abs(mean(scaled) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 300));
      }),
      property,
    );
  });

  it('normal: mean, variance, skewness and kurtosis', () => {
    const values = createRng(12).normal(count);
    within(mean(values), 0, 1);
    within(moment(values, 2), 1, Math.sqrt(2));
    within(moment(values, 3), 0, Math.sqrt(15));
    within(moment(values, 4), 3, Math.sqrt(105 - 9));
    const beyondTwo = values.filter((value) => Math.abs(value) > 2).length / count;
    within(beyondTwo, 0.0455, Math.sqrt(0.0455 * (1 - 0.0455)));
    // The two numbers of one block of Box and Muller are independent too.
    within(2 * mean(values.map((value, i) => (i % 2 === 0 ? value * values[i + 1] : 0))), 0, Math.SQRT2);
  });

  it('normal: mean and deviation given', () => {
    const values = createRng(13).normal(count, 5, 0.1);
    within(mean(values), 5, 0.1);
    within(
      moment(
        values.map((value) => (value - 5) / 0.1),
        2,
      ),
      1,
      Math.sqrt(2),
    );
  });

  it('rademacher: −1 and +1, equally often, whatever came before', () => {
    const values = createRng(14).rademacher(count);
    expect(new Set(values)).toEqual(new Set([-1, 1]));
    within(mean(values), 0, 1);
    // Neither of the bits of one word nor of the same bits of two words after one another.
    for (const lag of [1, 2, 31, 32, 33, 64]) {
      within(mean(values.subarray(lag).map((value, i) => value * values[i])), 0, 1);
    }
  });

  it('rademacher: the bits of the words, from the lowest one up', () => {
    const out = new Uint32Array(4);
    threefry(5, 0, 0, 0, out);
    threefry(5, 0, 1, 0, out, 2);
    const bits = [...out].flatMap((word) => Array.from({ length: 32 }, (_, bit) => (word >>> bit) & 1));
    expect([...createRng(5).rademacher(101)]).toEqual(bits.slice(0, 101).map((bit) => 1 - 2 * bit));
  });

  it('integer: on [0, 2³²)', () => {
    const rng = createRng(15);
    const values = Array.from({ length: count }, () => rng.integer());
    expect(values.every((value) => Number.isSafeInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true);
    within(mean(values) / 2 ** 32, 1 / 2, Math.sqrt(1 / 12));
  });
});

describe('permutation', () => {
  it('has each number once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.nat(), (count, seed) => {
        const order = createRng(seed).permutation(count);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
      property,
    );
  });

  it('finds each of the 24 orders of four equally often', () => {
    const rounds = 24_000;
    const rng = createRng(16);
    const seen = new Map<string, number>();
    for (let i = 0; i < rounds; i++) {
      const order = rng.permutation(4).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    const expected = rounds / 24;
    const chiSquare = [...seen.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 23 degrees of freedom: one run in a thousand is above 49.7.
    expect(chiSquare).toBeLessThan(49.7);
  });
});

describe('seeds', () => {
  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is refused', (seed) => {
    expect(() => createRng(seed)).toThrow(
      expect.objectContaining({ name: 'FeedalignError', code: 'invalid-option' }),
    );
  });

  it.each([null, undefined, '7'])('%o is refused', (seed) => {
    expect(() => createRng(seed as never)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });

  it.each([
    { key: [0, 2 ** 32], counter: 0 },
    { key: [-1, 0], counter: 0 },
    { key: [0, 0], counter: -1 },
    { key: [0, 0], counter: 0.5 },
    { key: [0, 0], counter: 2 ** 53 },
  ] as { key: [number, number]; counter: number }[])('the place $key, $counter is refused', (place) => {
    expect(() => createRng(place)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });

  it('from 0 to 2⁵³ − 1 give numbers of their own, also where their low words are equal', () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => createRng(seed).uniform(4).join())).size).toBe(seeds.length);
  });
});
