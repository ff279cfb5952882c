// A filter as rows of field, operator and value, for people who know neither of the four dialects.

import { useId } from "preact/hooks";
import type { Filter, Json } from "./api";
import { Icon } from "./icons";
import { OPERATORS } from "./tables";

export interface Row {
  field: string;
  operator: string;
  value: string;
}

export interface Rows {
  rows: Row[];
  /** Whether one of them is enough. */
  any: boolean;
}

export const NO_ROWS: Rows = { rows: [], any: false };

/** The filter that the rows mean; rows without a field mean nothing yet. */
export function filterOf({ rows, any }: Rows): Filter | undefined {
  const filters = rows.filter((row) => row.field.trim()).map(condition);
  return filters.length > 1 ? (any ? { or: filters } : { and: filters }) : filters[0];
}

function condition({ field, operator, value }: Row): Filter {
  const name = field.trim();
  return operator === "in"
    ? { field: name, operator, values: value.split(",").map((one) => scalar(one.trim())) }
    : { field: name, operator, value: operator === "eq" || operator === "ne" ? scalar(value) : value };
}

function scalar(value: string): Json {
  return value === "true" ? true : value === "false" ? false : value;
}

interface Properties {
  value: Rows;
  fields: string[];
  alternatives: boolean;
  onChange(rows: Rows): void;
}

export function FilterRows({ value, fields, alternatives, onChange }: Properties) {
  const id = useId();
  const { rows, any } = value;
  const change = (index: number, part: Partial<Row>) =>
    onChange({ any, rows: rows.map((row, at) => (at === index ? { ...row, ...part } : row)) });
  const remove = (index: number) => onChange({ any, rows: rows.filter((_, at) => at !== index) });
  const add = () => onChange({ any, rows: [...rows, { field: "", operator: "eq", value: "" }] });
  return (
    <div class="filter-rows">
      <datalist id={id}>
        {fields.map((field) => (
          <option key={field} value={field} />
        ))}
      </datalist>
      {rows.map((row, index) => (
        <div class="filter-row" key={index} role="group" aria-label={`Filter ${index + 1}`}>
          <input aria-label="Field" placeholder="field" list={id} value={row.field} autofocus={row.field === ""} onInput={(event) => change(index, { field: event.currentTarget.value })} />
          <select aria-label="Operator" value={row.operator} onChange={(event) => change(index, { operator: event.currentTarget.value })}>
            {OPERATORS.map(([operator, words]) => (
              <option key={operator} value={operator}>
                {words}
              </option>
            ))}
          </select>
          <input aria-label="Value" placeholder={row.operator === "in" ? "value, value, …" : "value"} value={row.value} onInput={(event) => change(index, { value: event.currentTarget.value })} />
          <button type="button" class="plain square" aria-label={`Remove filter ${index + 1}`} onClick={() => remove(index)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
      <div class="row">
        <button type="button" class="small" onClick={add}>
          <Icon name="add" />
          Filter
        </button>
        {alternatives && rows.length > 1 && (
          <select aria-label="How filters join" class="small" value={any ? "any" : "all"} onChange={(event) => onChange({ rows, any: event.currentTarget.value === "any" })}>
            <option value="all">all must match</option>
            <option value="any">any may match</option>
          </select>
        )}
      </div>
    </div>
  );
}
