// What a child process can be asked to do. Each task is imported when it is named: a process that measures stock tfjs
// never loads a package of this library.

/** One thing to measure. */
export type Case =
  /** Repeated for a while: a sample is the mean time of one repetition, in ms. */
  | { repeat(): unknown }
  /** Measures itself: a sample is what it returns. */
  | { read(): number | Promise<number> };

export type Cases = Readonly<Record<string, Case>>;

export const tasks = {
  /** tf.matMul */
  matmul: async () => (await import('./tasks/matmul.js')).matmul,
  /** The rate of loops in registers, and that of a product, by all threads at a time. */
  limit: async () => (await import('./tasks/limit.js')).limit,
  /** model.trainOnBatch */
  trainOnBatch: async () => (await import('./tasks/train-on-batch.js')).trainOnBatch,
  /** model.fit */
  fit: async () => (await import('./tasks/fit.js')).fit,
  /** model.trainOnBatch of a model that `convert` changed. */
  converted: async () => (await import('./tasks/converted.js')).converted,
  /** The same by Adam, and with a dropout, beside plain SGD. */
  ways: async () => (await import('./tasks/ways.js')).ways,
  /** model.fit of such a model, with the alignment monitor and without. */
  monitored: async () => (await import('./tasks/monitored.js')).monitored,
  /** The public `train`. */
  train: async () => (await import('./tasks/train.js')).trained,
  /** The explicit step on one batch. */
  step: async () => (await import('./tasks/step.js')).step,
  /** The time of such a step outside of kernels. */
  outside: async () => (await import('./tasks/outside.js')).outside,
  /** How the backend's memory grows over such steps. */
  memory: async () => (await import('./tasks/memory.js')).memory,
  /** The most memory that such a step has beside what was there before. */
  workingMemory: async () => (await import('./tasks/working-memory.js')).workingMemory,
  /** A pass with its derivative along a direction. */
  derivatives: async () => (await import('./tasks/jvp.js')).derivatives,
  /** Seeded noise of each distribution. */
  noise: async () => (await import('./tasks/noise.js')).noises,
  adam: async () => (await import('./tasks/adam.js')).adam,
  stockAdam: async () => (await import('./tasks/stock-adam.js')).stockAdam,
} as const;

export type TaskName = keyof typeof tasks;

type Task<N extends TaskName> = Awaited<ReturnType<(typeof tasks)[N]>>;
export type TaskGiven<N extends TaskName> = Parameters<Task<N>>[0];
