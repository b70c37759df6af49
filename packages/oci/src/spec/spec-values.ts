/** Values that shapes of specs are made of. */
import { z } from 'zod';
import { isExactNumber } from './exact-json.js';

/** Whole, also beyond what a JavaScript number can hold. */
export const integer = z.custom<number>(
  (value) => Number.isInteger(value) || isExactNumber(value),
  'must be a whole number',
);
export const natural = z.custom<number>(
  (value) => (Number.isInteger(value) && Number(value) >= 0) || isExactNumber(value),
  'must be a whole number, 0 or more',
);
export const text = z.string();
/** Go writes an empty list as null. */
export const list = <T extends z.ZodType>(of: T) => z.array(of).nullish();
