// The form that a JSON Schema makes: of an operation's parameters, of a playbook's.

import { useId, useState } from "preact/hooks";
import type { Parameters } from "./api";
import { FilterRows, NO_ROWS, filterOf, type Rows } from "./filter-rows";
import { fields, kind, resolve, type Schema, skeleton, typeName } from "./schema";

/** What a person put into a field; several fields make an object. */
export type Value = string | string[] | Rows | File | { [name: string]: Value | undefined } | undefined;
export type Values = { [name: string]: Value | undefined };

/** What the form says, as the package takes it. What it cannot take goes through as it is: the package says what is wrong. */
export function read(schema: Schema, values: Values, root = schema): { parameters: Parameters; faults: Record<string, string> } {
  const parameters: Parameters = {};
  const faults: Record<string, string> = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    if (isRows(value)) {
      const filter = filterOf(value);
      if (filter) parameters[name] = filter;
    } else if (value instanceof File) {
      parameters[name] = value;
    } else if (Array.isArray(value)) {
      if (value.length > 0) parameters[name] = value;
    } else if (typeof value === "object") {
      const inner = read(resolve(field, root), value as Values, root).parameters;
      if (Object.keys(inner).length > 0) parameters[name] = inner;
    } else {
      try {
        parameters[name] = valueOf(field, value);
      } catch (error) {
        faults[name] = `This is no JSON yet: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
  }
  return { parameters, faults };
}

function valueOf(schema: Schema, text: string): unknown {
  switch (kind(schema)) {
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
    case "flag":
      return text === "true";
    case "lines":
      return text.split("\n").filter((line) => line.trim() !== "");
    case "json":
      // Where an object may also be text, what does not look like one is.
      return schema.type !== "object" && [schema.type].flat().includes("string") && !/^\s*[{[]/.test(text) ? text : JSON.parse(text);
    default:
      return text;
  }
}

function isRows(value: Value): value is Rows {
  return typeof value === "object" && Array.isArray((value as Rows).rows);
}

interface Properties {
  schema: Schema;
  root?: Schema;
  values: Values;
  /** What is wrong, by parameter. */
  faults: Record<string, string>;
  filterFields?: string[];
  onChange(values: Values): void;
}

export function Form({ schema, root = schema, values, faults, filterFields = [], onChange }: Properties) {
  const all = Object.entries(schema.properties ?? {});
  const required = (name: string) => schema.required?.includes(name) ?? false;
  const rank = ([name]: [string, Schema]) => (required(name) ? 0 : name === "body" ? 1 : 2);
  const sorted = all.toSorted((one, other) => rank(one) - rank(other));
  if (all.length === 0) return <p class="quiet">It takes no parameters.</p>;
  return (
    <div class="form">
      {sorted.map(([name, field]) => (
        <Field
          key={name}
          name={name}
          schema={field}
          root={root}
          required={required(name)}
          value={values[name]}
          fault={faults[name]}
          filterFields={filterFields}
          onChange={(value) => onChange({ ...values, [name]: value })}
        />
      ))}
    </div>
  );
}

interface FieldProperties {
  name: string;
  schema: Schema;
  root: Schema;
  required: boolean;
  value: Value;
  fault: string | undefined;
  filterFields: string[];
  onChange(value: Value): void;
}

function Field(properties: FieldProperties) {
  const { name, schema, root, required, fault } = properties;
  const id = useId();
  const shape = resolve(schema, root);
  const group = kind(shape) === "choices" || kind(shape) === "filter" || hasFile(shape);
  const help = `${id}-help`;
  const label = (
    <>
      <code>{name}</code>
      {required && (
        <span class="required" title="required">
          required
        </span>
      )}
      <span class="hint">
        {typeName(schema, root)}
        {schema["x-in"] && schema["x-in"] !== name && ` · ${schema["x-in"]}`}
      </span>
    </>
  );
  return (
    <div class={fault ? "field faulty" : "field"} data-parameter={name} role={group ? "group" : undefined} aria-labelledby={group ? `${id}-label` : undefined}>
      {group ? (
        <div class="label" id={`${id}-label`}>
          {label}
        </div>
      ) : (
        <label class="label" for={id}>
          {label}
        </label>
      )}
      <Input {...properties} schema={shape} id={id} help={help} />
      <p class="help" id={help}>
        {fault && <strong>{fault}</strong>}
        {!fault && schema.description}
      </p>
    </div>
  );
}

function hasFile(schema: Schema): boolean {
  return Object.values(schema.properties ?? {}).some((field) => kind(field) === "file");
}

function Input({ name, schema, root, required, value, fault, filterFields, onChange, id, help }: FieldProperties & { id: string; help: string }) {
  const common = { id, "aria-describedby": help, "aria-invalid": fault !== undefined, "aria-required": required };
  const text = typeof value === "string" ? value : "";
  const typed = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value);
  const list = Array.isArray(value) ? value : [];
  switch (kind(schema)) {
    case "flag":
      return (
        <select {...common} value={text} onChange={typed}>
          <option value="">—</option>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      );
    case "choice":
      return (
        <select {...common} value={text} onChange={typed}>
          <option value="">—</option>
          {schema.enum?.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      );
    case "choices":
      return (
        <div class="choices">
          {schema.items?.enum?.map((one) => (
            <label key={one}>
              <input type="checkbox" checked={list.includes(one)} onChange={(event) => onChange(event.currentTarget.checked ? [...list, one] : list.filter((other) => other !== one))} />
              {one}
            </label>
          ))}
        </div>
      );
    case "lines":
      return <textarea {...common} rows={1} placeholder="one a line" value={text} onInput={typed} />;
    case "filter":
      return <FilterInput id={id} value={value} fields={filterFields} onChange={onChange} />;
    case "file":
      return <input {...common} type="file" onChange={(event) => onChange(event.currentTarget.files?.[0])} />;
    case "json":
      if (hasFile(schema)) {
        return <Form schema={schema} root={root} values={(value as Values | undefined) ?? {}} faults={{}} onChange={onChange} />;
      }
      return <JsonInput common={common} name={name} schema={schema} root={root} text={text} onChange={onChange} />;
    default:
      return <input {...common} type="text" inputMode={kind(schema) === "number" ? "numeric" : "text"} autocomplete="off" spellcheck={false} list={schema.examples && `${id}-examples`} value={text} onInput={typed} />;
  }
}

function FilterInput({ id, value, fields, onChange }: { id: string; value: Value; fields: string[]; onChange(value: Value): void }) {
  const [asText, setAsText] = useState(typeof value === "string" && value !== "");
  return (
    <>
      {asText ? (
        <input id={id} type="text" aria-label="Filter as text" placeholder="field:operator:value" autocomplete="off" spellcheck={false} value={typeof value === "string" ? value : ""} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <FilterRows value={value !== undefined && isRows(value) ? value : NO_ROWS} fields={fields} alternatives onChange={onChange} />
      )}
      <button
        type="button"
        class="plain small"
        onClick={() => {
          setAsText(!asText);
          onChange(undefined);
        }}
      >
        {asText ? "Build it from rows" : "Write it as text"}
      </button>
    </>
  );
}

interface JsonProperties {
  common: { id: string };
  name: string;
  schema: Schema;
  root: Schema;
  text: string;
  onChange(text: string): void;
}

function JsonInput({ common, name, schema, root, text, onChange }: JsonProperties) {
  const known = fields(schema, root);
  const fill = (everything: boolean) => onChange(JSON.stringify(skeleton(schema, root, everything), null, 2));
  const lines = Math.min(24, Math.max(name === "body" ? 5 : 2, text.split("\n").length));
  return (
    <>
      <textarea {...common} class="code" rows={lines} spellcheck={false} placeholder="{ }" value={text} onInput={(event) => onChange(event.currentTarget.value)} />
      {known.length > 0 && (
        <>
          <div class="row">
            <span class="quiet">Start from</span>
            {known.some((field) => field.required) && (
              <button type="button" class="small" onClick={() => fill(false)}>
                required fields
              </button>
            )}
            <button type="button" class="small" onClick={() => fill(true)}>
              all fields
            </button>
            {text && (
              <button type="button" class="plain small" onClick={() => onChange("")}>
                Clear
              </button>
            )}
          </div>
          <details class="known">
            <summary>{known.length} fields</summary>
            <dl>
              {known.map((field) => (
                <div key={field.path}>
                  <dt>
                    <code>{field.path}</code>
                    {field.required && <span class="required">required</span>}
                  </dt>
                  <dd>
                    {field.type}
                    {field.values.length > 0 && <span class="quiet"> {field.values.join(", ")}</span>}
                    {field.description && <p class="means">{field.description}</p>}
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        </>
      )}
    </>
  );
}
