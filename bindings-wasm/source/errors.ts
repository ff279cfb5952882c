// What goes wrong, as classes: one for each kind.

/** What the core says about an error. */
export interface Facts {
  kind: string;
  message: string;
  operation?: string;
  parameter?: string;
  status?: number;
  code?: string;
  details?: unknown;
  requestId?: string;
  retryAfter?: number;
  tries?: number;
  isRetryable?: boolean;
}

/** The base of all errors of this package. */
export class JumpCloudError extends Error {
  declare kind: string;
  declare operation?: string;
  declare parameter?: string;
  declare status?: number;
  declare code?: string;
  declare details?: unknown;
  declare requestId?: string;
  declare retryAfter?: number;
  /** How often the request was sent. */
  tries = 0;
  /** Whether the same call may succeed later, and does nothing twice. */
  isRetryable = false;
  // Not a property: what a server says back may hold a secret, and properties are printed.
  #body: Uint8Array | undefined;
  #headers: string | undefined;

  constructor({ message, details, ...facts }: Facts, body?: Uint8Array, cause?: unknown, headers?: string) {
    super(facts.operation ? `${facts.operation}: ${message}` : message, cause === undefined ? undefined : { cause });
    Object.assign(this, facts);
    // The same holds for what it says beside its message.
    Object.defineProperty(this, "details", { value: details, configurable: true, writable: true });
    this.#body = body;
    this.#headers = headers;
  }

  /** The answer's headers; none when no answer came. */
  get headers(): Headers {
    const lines = this.#headers?.match(/.+/g) ?? [];
    return new Headers(lines.map((line) => line.split(/: (.*)/s, 2) as [string, string]));
  }

  /** The answer's body as text, as it came. */
  get body(): string | undefined {
    return this.#body && new TextDecoder().decode(this.#body);
  }

  /** What `JSON.stringify` writes: everything but `details`, the headers and the body. */
  toJSON(): object {
    return Object.assign({ name: this.name, message: this.message }, this);
  }
}

const kind = (name: string) => {
  const Class = class extends JumpCloudError {};
  Object.defineProperty(Class, "name", { value: name });
  Object.defineProperty(Class.prototype, "name", { value: name, configurable: true, writable: true });
  return Class;
};
Object.defineProperty(JumpCloudError.prototype, "name", { value: "JumpCloudError", configurable: true, writable: true });

/** A parameter is missing, unknown or wrong; nothing was sent. */
export const InvalidRequestError = /* @__PURE__ */ kind("InvalidRequestError");
/** 401. */
export const AuthenticationError = /* @__PURE__ */ kind("AuthenticationError");
/** 403. */
export const PermissionError = /* @__PURE__ */ kind("PermissionError");
/** 404. */
export const NotFoundError = /* @__PURE__ */ kind("NotFoundError");
/** 409. */
export const ConflictError = /* @__PURE__ */ kind("ConflictError");
/** 429. */
export const RateLimitedError = /* @__PURE__ */ kind("RateLimitedError");
/** 400, 422 and the other 4xx. */
export const ValidationError = /* @__PURE__ */ kind("ValidationError");
/** 5xx. */
export const ServerError = /* @__PURE__ */ kind("ServerError");
/** No answer: connection, TLS, timeout, a redirect. */
export const TransportError = /* @__PURE__ */ kind("TransportError");
/** An answer that does not decode. */
export const DecodeError = /* @__PURE__ */ kind("DecodeError");
/** A System Context signature could not be made. */
export const SigningError = /* @__PURE__ */ kind("SigningError");
/** A list ended before its end, or may have passed an item by. */
export const IncompleteError = /* @__PURE__ */ kind("IncompleteError");

const classes: Record<string, typeof InvalidRequestError> = {
  invalid_request: InvalidRequestError,
  authentication: AuthenticationError,
  permission: PermissionError,
  not_found: NotFoundError,
  conflict: ConflictError,
  rate_limited: RateLimitedError,
  validation: ValidationError,
  server: ServerError,
  transport: TransportError,
  decode: DecodeError,
  signing: SigningError,
  incomplete: IncompleteError,
};

/** The error that the core describes, of the class of its kind; behind a NUL come headers. */
export function errorOf(text: string, body?: Uint8Array, cause?: unknown): JumpCloudError {
  const [json, headers] = text.split("\0") as [string, string?];
  const facts = JSON.parse(json) as Facts;
  return new (classes[facts.kind] ?? JumpCloudError)(facts, body, cause, headers);
}

/** What a function of the core tells: a text after its first line, or an error. */
export function told(text: string): string {
  if (text.startsWith("error\n")) throw errorOf(text.slice(6));
  return text.slice(text.indexOf("\n") + 1);
}

/** What came of calling the core: a trap of its wasm, which has no memory left or a fault, as an error like others. */
export function trapped(error: unknown): unknown {
  if (!(error instanceof WebAssembly.RuntimeError)) return error;
  const message = "wasm has stopped, by a fault or as no memory is left; what was sent may have been done";
  return new JumpCloudError({ kind: "internal", message }, undefined, error);
}

/** An error that is found before the core is asked. */
export const invalid = (message: string, parameter?: string, cause?: unknown): JumpCloudError =>
  new InvalidRequestError({ kind: "invalid_request", message, ...(parameter && { parameter }) }, undefined, cause);
