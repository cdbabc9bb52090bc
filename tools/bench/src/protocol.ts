import type { TaskGiven, TaskName } from './tasks.js';

/** What a child process is to be: what it loads, and what it can then be asked to measure. */
export interface Setup {
  /** Whether `@feedalign/wasm-training` is imported; else tfjs is as it is shipped. */
  readonly trainingKernels: boolean;
  readonly backend: 'wasm' | 'cpu';
  readonly threads: number;
  /** Whether kernels may use relaxed SIMD. */
  readonly relaxed: boolean;
  /** Milliseconds that one sample takes at least; a repetition is never cut short. */
  readonly block: number;
  /** Milliseconds of repetitions before the first sample, at least one of them; 0 for none. */
  readonly warmUp: number;
}

/** A task and what it is given, for each task. */
export type Work = { [N in TaskName]: { readonly task: N; readonly given: TaskGiven<N> } }[TaskName];

/** What a child says about itself when it is ready. */
export interface Facts {
  /** What can be measured, by name. */
  readonly cases: readonly string[];
  /** The version of tfjs-core. */
  readonly tfjs: string;
  /** As the training kernels run; none for stock tfjs. */
  readonly engine?: { readonly threads: number; readonly relaxed: boolean };
}

export type Request =
  | { readonly type: 'start'; readonly setup: Setup; readonly work: Work }
  | { readonly type: 'measure'; readonly name: string };

export type Answer =
  | { readonly type: 'ready'; readonly facts: Facts }
  | { readonly type: 'sample'; readonly value: number }
  | { readonly type: 'failed'; readonly message: string };
