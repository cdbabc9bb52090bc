// A step that was recorded: its kernels one after the other, each as its task, its parts, whether it changes variables,
// the number of words that its arguments have, and the words.
import { perform } from './tasks';
import { ARGUMENTS, dispatch, HALTED } from './threads';

/** Whether all of it was done. */
export function replay(control: usize, program: usize, calls: i32, threads: i32, local: usize): bool {
  let at = program;
  for (let call = 0; call < calls; call++) {
    const task = load<i32>(at);
    const parts = load<i32>(at, 4);
    const changes = load<i32>(at, 8);
    const words = load<i32>(at, 12);
    at += 16;
    if (!changes || !load<i32>(control + HALTED)) {
      if (threads > 1 && parts > 1) {
        memory.copy(control + ARGUMENTS, at, <usize>words << 2);
        if (!dispatch(control, task, parts)) return false;
      } else {
        for (let part = 0; part < parts; part++) perform(task, at, part, parts, local);
      }
    }
    at += <usize>words << 2;
  }
  return true;
}
