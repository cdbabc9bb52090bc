import { conformance } from './suite.js';

conformance(['wasm', 'cpu']);
