/** Filters as expressions; the core writes them in each operation's dialect. */

import type { FilterExpression, FilterValue } from "./calls.cjs";

type Joined = FilterExpression | string;

/** Equal. */
export declare function eq(field: string, value: FilterValue): FilterExpression;
/** Not equal. */
export declare function ne(field: string, value: FilterValue): FilterExpression;
/** Greater. */
export declare function gt(field: string, value: FilterValue): FilterExpression;
/** Greater or equal. */
export declare function ge(field: string, value: FilterValue): FilterExpression;
/** Less. */
export declare function lt(field: string, value: FilterValue): FilterExpression;
/** Less or equal. */
export declare function le(field: string, value: FilterValue): FilterExpression;
/** Holds the text. */
export declare function search(field: string, value: FilterValue): FilterExpression;
/** Begins with the text. */
export declare function startsWith(field: string, value: FilterValue): FilterExpression;
/** Ends with the text. */
export declare function endsWith(field: string, value: FilterValue): FilterExpression;
/** Equal but for case. */
export declare function eqIgnoringCase(field: string, value: FilterValue): FilterExpression;
/** Equal to the text, in which each `*` stands for any text: the lists of v2 know that. (In `eq` a `*` is itself.) */
export declare function wildcard(field: string, pattern: string): FilterExpression;
declare function oneOf(field: string, values: readonly FilterValue[]): FilterExpression;
export {
  /** One of the values. */
  oneOf as in,
};
/** From `low` to `high`, both included. */
export declare function between(field: string, low: FilterValue, high: FilterValue): FilterExpression;
/** All of them hold. */
export declare function and(...filters: Joined[]): FilterExpression;
/** At least one of them holds. */
export declare function or(...filters: Joined[]): FilterExpression;
/** It does not hold. */
export declare function not(filter: Joined): FilterExpression;
