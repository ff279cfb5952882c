// Filters as expressions; the core writes them in each operation's dialect.

export type Value = string | number | boolean | Date;
export type Filter =
  | { field: string; operator: string; value: Value | { wildcard: string } }
  | { field: string; operator: "in"; values: readonly Value[] }
  | { field: string; operator: "between"; low: Value; high: Value }
  | { and: readonly Filter[] }
  | { or: readonly Filter[] }
  | { not: Filter }
  | string;

const compare = (operator: string) => (field: string, value: Value): Filter => ({ field, operator, value });

export const eq = /* @__PURE__ */ compare("eq");
export const ne = /* @__PURE__ */ compare("ne");
export const gt = /* @__PURE__ */ compare("gt");
export const ge = /* @__PURE__ */ compare("ge");
export const lt = /* @__PURE__ */ compare("lt");
export const le = /* @__PURE__ */ compare("le");
export const search = /* @__PURE__ */ compare("search");
export const startsWith = /* @__PURE__ */ compare("starts_with");
export const endsWith = /* @__PURE__ */ compare("ends_with");
export const eqIgnoringCase = /* @__PURE__ */ compare("eq_ignoring_case");

/** Equal to the text, in which each `*` stands for any text. */
export const wildcard = (field: string, pattern: string): Filter => ({ field, operator: "eq", value: { wildcard: pattern } });
/** One of the values. */
const oneOf = (field: string, values: readonly Value[]): Filter => ({ field, operator: "in", values });
export { oneOf as in };
/** From `low` to `high`, both included. */
export const between = (field: string, low: Value, high: Value): Filter => ({ field, operator: "between", low, high });
export const and = (...filters: Filter[]): Filter => ({ and: filters });
export const or = (...filters: Filter[]): Filter => ({ or: filters });
export const not = (filter: Filter): Filter => ({ not: filter });
