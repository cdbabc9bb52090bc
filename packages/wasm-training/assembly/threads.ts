// Threads: a block of control words in the shared memory, tickets, and the loop that each worker runs.
//
// The main thread writes a task and its arguments into the block and publishes a ticket: the number of parts that are
// left, beside a generation that makes it unique. Whoever takes a part lowers the ticket by one, atomically; who holds
// a part knows that the arguments stay as they are, since the main thread returns only when all parts are done. The
// main thread takes parts like everyone else, so that nothing waits for a worker that has not started or is not
// scheduled.
import { perform } from './tasks';

const TICKET: usize = 0; // i64: generation in the high half, parts left in the low half
const DONE: usize = 64; // parts done
const AWAITED: usize = 68; // whether the main thread sleeps until DONE changes
const BUSY: usize = 72; // workers that have, or are about to take, a part
const FAILED: usize = 76; // whether a worker's kernel trapped
const GENERATION: usize = 128; // what sleeping workers wait on
const SLEEPERS: usize = 132; // workers that sleep
const JOINED: usize = 136; // workers that have started
const LIMIT: usize = 192; // threads that may take parts, the main thread among them
const MAY_WAIT: usize = 196; // whether the main thread may sleep: not in a page
const TASK: usize = 200;
const PARTS: usize = 204;
const LOCAL: usize = 208; // where the threads' own scratch begins
const LOCAL_SIZE: usize = 212;
export const HALTED: usize = 216; // whether variables are not to be changed: the loss is not finite
export const ARGUMENTS: usize = 256;

/** Looks at the ticket before a worker goes to sleep: some tens of microseconds. */
const PATIENCE: i32 = 20000;
const MILLISECOND: i64 = 1000000;
/** Looks of a thread that must not sleep before it asks whether to go on waiting: some milliseconds. */
const ASK: i32 = 1 << 20;

/** Asks the host whether a task is given up, of which so many parts are done and no more come. */
@external("env", "overdue")
declare function overdue(generation: i32, done: i32): i32;

/** Takes a part of the task at hand and does it; false when none is left. */
// @ts-ignore: decorator
@inline
function take(control: usize, thread: i32): bool {
  const ticket = atomic.load<i64>(control + TICKET);
  const left = <i32>ticket;
  if (left == 0) return false;
  if (thread) atomic.add<i32>(control + BUSY, 1);
  if (atomic.cmpxchg<i64>(control + TICKET, ticket, ticket - 1) == ticket) {
    const local = load<usize>(control + LOCAL) + <usize>(thread * load<i32>(control + LOCAL_SIZE));
    perform(load<i32>(control + TASK), control + ARGUMENTS, left - 1, load<i32>(control + PARTS), local);
    atomic.add<i32>(control + DONE, 1);
    if (atomic.load<i32>(control + AWAITED)) atomic.notify(control + DONE, 1);
  }
  if (thread) atomic.sub<i32>(control + BUSY, 1);
  return true;
}

/** Divides the task whose arguments stand in the control block; whether all of it was done. */
export function dispatch(control: usize, task: i32, parts: i32): bool {
  store<i32>(control + TASK, task);
  store<i32>(control + PARTS, parts);
  atomic.store<i32>(control + DONE, 0);
  const generation = load<i32>(control + GENERATION) + 1;
  atomic.store<i64>(control + TICKET, (<i64>generation << 32) | parts);
  atomic.store<i32>(control + GENERATION, generation);
  if (atomic.load<i32>(control + SLEEPERS)) atomic.notify(control + GENERATION, -1);
  while (take(control, 0)) {}

  let done = atomic.load<i32>(control + DONE);
  for (let looks = 0; done < parts; looks++, done = atomic.load<i32>(control + DONE)) {
    if (atomic.load<i32>(control + FAILED)) return false;
    if (looks < PATIENCE) continue;
    // A worker holds a part and is not scheduled: let it have this core.
    if (load<i32>(control + MAY_WAIT)) {
      atomic.store<i32>(control + AWAITED, 1);
      atomic.wait<i32>(control + DONE, done, MILLISECOND);
      atomic.store<i32>(control + AWAITED, 0);
    } else if (looks % ASK != 0) continue;
    if (overdue(generation, done)) return false;
  }
  return true;
}

/** Lets no more parts of a task be taken, after a kernel trapped; whether no worker has one any more. */
export function quiet(control: usize): bool {
  atomic.store<i64>(control + TICKET, <i64>load<i32>(control + GENERATION) << 32);
  for (let looks = 0; looks < PATIENCE; looks++) {
    if (atomic.load<i32>(control + BUSY) == 0) return true;
  }
  return false;
}

/** What a worker runs, for ever. */
export function serve(control: usize, thread: i32): void {
  atomic.add<i32>(control + JOINED, 1);
  for (let looks = 0; true; looks++) {
    const limit = atomic.load<i32>(control + LIMIT);
    if (thread >= limit) {
      atomic.wait<i32>(control + LIMIT, limit, -1);
    } else if (take(control, thread)) {
      looks = 0;
    } else if (looks >= PATIENCE) {
      atomic.add<i32>(control + SLEEPERS, 1);
      const generation = atomic.load<i32>(control + GENERATION);
      // Published after this look, a task changes the generation, and the wait ends at once.
      if (<i32>atomic.load<i64>(control + TICKET) == 0) atomic.wait<i32>(control + GENERATION, generation, -1);
      atomic.sub<i32>(control + SLEEPERS, 1);
      looks = 0;
    }
  }
}
