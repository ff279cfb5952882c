// Bytes to upload: they stay here, and only their length, name and media type go through the core.

import { InvalidRequestError, invalid } from "./errors.js";

export type Content = Blob | ArrayBuffer | ArrayBufferView | ReadableStream<Uint8Array>;

export interface Facts {
  /** Bytes of content; needed for a stream. */
  length?: number;
  fileName?: string;
  mediaType?: string;
}

/** Content with what a form says about it. */
export class Attachment {
  readonly content: Content;
  readonly facts: Facts;

  constructor(content: Content, facts: Facts) {
    this.content = content;
    this.facts = facts;
  }
}

/** Content to upload, with its name, its media type and, for a stream, its length. */
export const attachment = (content: Content, facts: Facts = {}): Attachment => new Attachment(content, facts);

const isContent = (value: unknown): value is Content =>
  typeof value === "object" &&
  (value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    (typeof Blob === "function" && value instanceof Blob) ||
    (typeof ReadableStream === "function" && value instanceof ReadableStream));

function asAttachment(value: unknown): Attachment | undefined {
  if (value instanceof Attachment) return value;
  return isContent(value) ? new Attachment(value, {}) : undefined;
}

function describe({ content, facts }: Attachment): object {
  const blob = content as Partial<File>;
  const length = facts.length ?? blob.size ?? (content as Partial<ArrayBuffer>).byteLength;
  if (length === undefined) {
    throw invalid("a stream's length must be known: attachment(stream, { length })", "body");
  }
  return { attachment: { length, fileName: facts.fileName ?? blob.name, mediaType: facts.mediaType ?? (blob.type || undefined) } };
}

/** JSON would make `null` of it, which means something else: no limit, or an empty field. */
function finite(key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw invalid(`${key}: expected a number, got ${value}`, key);
  return value;
}

/** Parameters as JSON, and the content that belongs into the request's body. JSON text passes as it is. */
export function serialize(parameters: unknown = {}): [json: string, content?: Content] {
  const text = typeof parameters === "string";
  if (text ? !/^\s*\{/.test(parameters as string) : typeof parameters !== "object" || Array.isArray(parameters)) {
    throw invalid(`parameters: expected an object with their names, as ({ id: "…" }), got ${text ? "a string" : parameters}`);
  }
  if (text) return [parameters as string];
  let content: Content | undefined;
  const take = (value: unknown): unknown => {
    const found = asAttachment(value);
    if (found) content = found.content;
    return found ? describe(found) : value;
  };
  let given = parameters as Record<string, unknown> | null;
  let body: unknown = given?.["body"];
  if (typeof body === "object" && body) {
    const whole = take(body);
    if (whole !== body) {
      body = whole;
    } else if (!Array.isArray(body) && Object.values(body).some(asAttachment)) {
      body = Object.fromEntries(Object.entries(body).map(([key, value]) => [key, take(value)]));
    }
    if (content) given = { ...given, body };
  }
  try {
    return [JSON.stringify(given, finite) ?? "null", content as Content];
  } catch (cause) {
    if (cause instanceof InvalidRequestError) throw cause;
    // A BigInt, or an object that holds itself.
    throw invalid(`the parameters cannot be written as JSON: ${(cause as Error).message}`, undefined, cause);
  }
}
