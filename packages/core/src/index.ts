export { type ErrorCode, FeedalignError } from './errors.js';
export { createRng, type Rng, threefry } from './rng.js';
