// What the package's `describe` says of parameters and bodies: JSON Schema, as far as it uses it.

export interface Schema {
  type?: string | string[];
  enum?: string[];
  examples?: string[];
  format?: string;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  description?: string;
  minimum?: number;
  maximum?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
  "x-in"?: string;
}

/** How a person gives a value. */
export type Kind = "text" | "number" | "flag" | "choice" | "choices" | "lines" | "filter" | "file" | "json";

/** The schema that a reference means. */
export function resolve(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace("#/$defs/", "");
  return name === undefined ? schema : (root.$defs?.[name] ?? {});
}

export function types(schema: Schema): string[] {
  return [schema.type ?? []].flat();
}

export function kind(schema: Schema): Kind {
  const known = types(schema);
  if (schema.anyOf?.some((one) => types(one).includes("array"))) return "lines";
  if (known.includes("array") && known.includes("object")) return "filter";
  if (schema.format === "binary") return "file";
  if (schema.enum) return "choice";
  if (known.includes("array")) {
    if (schema.items?.enum) return "choices";
    return schema.items && types(schema.items).every((type) => type !== "object" && type !== "array") && !schema.items.$ref
      ? "lines"
      : "json";
  }
  if (known.includes("boolean")) return "flag";
  if (known.includes("object") || schema.$ref || known.length === 0) return "json";
  return known.includes("integer") || known.includes("number") ? "number" : "text";
}

/** A few words for the type. */
export function typeName(schema: Schema, root: Schema): string {
  if (schema.$ref) return schema.$ref.replace("#/$defs/", "");
  if (schema.anyOf) return schema.anyOf.map((one) => typeName(one, root)).join(" or ");
  if (kind(schema) === "filter") return "filter";
  if (schema.format) return schema.format;
  const names = types(schema).map((type) =>
    type === "array" ? `list of ${schema.items ? typeName(schema.items, root) : "anything"}` : type,
  );
  return names.join(" or ") || "anything";
}

const DEPTH = 4;

/** A value of the schema's shape to start from: with what is required only, or with everything. */
export function skeleton(schema: Schema, root: Schema, everything: boolean, depth = 0): unknown {
  const shape = resolve(schema, root);
  const known = types(shape);
  if (shape.enum ?? shape.examples) return (shape.enum ?? shape.examples)?.[0];
  if (shape.properties) {
    const names = Object.keys(shape.properties).filter((name) => everything || shape.required?.includes(name));
    return Object.fromEntries(
      depth < DEPTH ? names.map((name) => [name, skeleton(shape.properties?.[name] ?? {}, root, everything, depth + 1)]) : [],
    );
  }
  if (known.includes("array")) {
    return everything && depth < DEPTH && shape.items ? [skeleton(shape.items, root, everything, depth + 1)] : [];
  }
  if (known.includes("object")) return {};
  if (known.includes("boolean")) return false;
  if (known.includes("string")) return "";
  if (known.includes("integer") || known.includes("number")) return 0;
  return null;
}

/** The fields of a body, nested ones with dots, for a person to read. */
export function fields(schema: Schema, root: Schema, prefix = "", depth = 0): { path: string; type: string; required: boolean; values: string[]; description: string }[] {
  const shape = resolve(schema, root);
  if (shape.items && depth < DEPTH) return fields(shape.items, root, `${prefix}[].`, depth + 1);
  if (!shape.properties || depth >= DEPTH) return [];
  return Object.entries(shape.properties).flatMap(([name, field]) => {
    const path = prefix + name;
    const inner = resolve(field, root);
    const own = {
      path,
      type: typeName(field, root),
      required: shape.required?.includes(name) ?? false,
      values: inner.enum ?? inner.examples ?? [],
      description: field.description ?? "",
    };
    const below = inner.items ? fields(inner.items, root, `${path}[].`, depth + 1) : fields(inner, root, `${path}.`, depth + 1);
    return [own, ...below];
  });
}
