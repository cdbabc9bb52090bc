import { install } from './install.js';

install();

export { isInstalled } from './install.js';
