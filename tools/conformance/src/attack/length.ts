/** Whether the attack runs at full length, as `npm run test:attack` does; else as a part of `npm test`. */
export const isFull = process.env.FEEDALIGN_ATTACK === 'full';

/** How often something is tried. */
export const times = (short: number, full: number): number => (isFull ? full : short);

/** Each so many-th of all, where the attack is short. */
export const some = <T>(all: readonly T[], every: number, first = 0): T[] =>
  isFull ? [...all] : all.filter((_, i) => i % every === first % every);
