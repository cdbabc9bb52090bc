// The tests of the training primitives again, with every kernel divided among threads.
import './every-kernel-divided.js';
import './primitives.test.js';
