// Threefry-2x32 with 20 rounds in four lanes. A block of the generator is two words, first and second; four blocks lie as
// four firsts and four seconds, 32 bytes. A stretch of words is made in passes over all of it and not block by block: so a
// processor has many short chains of operations to choose from and not one long one.

/** x rotated to the left, xor other. */
// @ts-ignore: decorator
@inline
function mixed(x: v128, other: v128, bits: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits)), other);
}

/** Four rounds, by how many bits each rotates, and then the keys are added. */
// @ts-ignore: decorator
@inline
function rounds(at: usize, end: usize, a: i32, b: i32, c: i32, d: i32, firstKey: v128, secondKey: v128): void {
  for (; at < end; at += 32) {
    let x0 = v128.load(at);
    let x1 = v128.load(at, 16);
    x0 = i32x4.add(x0, x1);
    x1 = mixed(x1, x0, a);
    x0 = i32x4.add(x0, x1);
    x1 = mixed(x1, x0, b);
    x0 = i32x4.add(x0, x1);
    x1 = mixed(x1, x0, c);
    x0 = i32x4.add(x0, x1);
    x1 = mixed(x1, x0, d);
    v128.store(at, i32x4.add(x0, firstKey));
    v128.store(at, i32x4.add(x1, secondKey), 16);
  }
}

/** The words from block `counter` on, to `from` and on to `end`. */
export function words(from: usize, end: usize, key0: v128, key1: v128, counter: u64): void {
  const key2 = v128.xor(i32x4.splat(0x1bd11bda), v128.xor(key0, key1));
  const lanes = i32x4(0, 1, 2, 3);
  for (let at = from; at < end; at += 32, counter += 4) {
    const first = i32x4.splat(<i32>counter);
    const low = i32x4.add(first, lanes);
    // A lane whose low word is below that of the first has carried; true is −1.
    const high = i32x4.sub(i32x4.splat(<i32>(counter >> 32)), i32x4.lt_u(low, first));
    v128.store(at, i32x4.add(low, key0));
    v128.store(at, i32x4.add(high, key1), 16);
  }
  rounds(from, end, 13, 15, 26, 6, key1, i32x4.add(key2, i32x4.splat(1)));
  rounds(from, end, 17, 29, 16, 24, key2, i32x4.add(key0, i32x4.splat(2)));
  rounds(from, end, 13, 15, 26, 6, key0, i32x4.add(key1, i32x4.splat(3)));
  rounds(from, end, 17, 29, 16, 24, key1, i32x4.add(key2, i32x4.splat(4)));
  rounds(from, end, 13, 15, 26, 6, key2, i32x4.add(key0, i32x4.splat(5)));
}
