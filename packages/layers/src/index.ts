export { type Adapter, type Layer, type LayerCall, parameterOf, withActivation } from './adapter.js';
export { adapters } from './adapters.js';
export { type Converted, type ConvertOptions, convert, type RuleTable, restore } from './convert.js';
export { type Description, describe, type UnitDescription } from './describe.js';
export { type TraceOptions, trace } from './trace.js';
