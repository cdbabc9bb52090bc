import { report } from './report.js';

report().then((outcome) => postMessage(outcome));
