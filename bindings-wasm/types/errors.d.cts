/** What goes wrong, as classes: one for each kind. */

import type { HeadersLike } from "./client.cjs";

/** What kind of failure an error is; the same words in every language, but for `internal`: the package's wasm has stopped. */
export type ErrorKind =
  | "invalid_request"
  | "authentication"
  | "permission"
  | "not_found"
  | "conflict"
  | "rate_limited"
  | "validation"
  | "server"
  | "transport"
  | "decode"
  | "signing"
  | "incomplete"
  | "internal";

/** The base of all errors of this package. */
export declare class JumpCloudError extends Error {
  protected constructor();
  readonly kind: ErrorKind;
  /** The dotted name of the operation that failed. */
  readonly operation?: string;
  /** The parameter that was refused. */
  readonly parameter?: string;
  /** The HTTP status, when an answer came. */
  readonly status?: number;
  /** JumpCloud's own code. */
  readonly code?: string;
  /** What JumpCloud says in detail. */
  readonly details?: unknown;
  /** The id that JumpCloud gave the request: quote it to their support. */
  readonly requestId?: string;
  /** Seconds that JumpCloud asked to wait before the next try. */
  readonly retryAfter?: number;
  /** How often the request was sent: 0 when it was refused before. */
  readonly tries: number;
  /** Whether the same call may succeed later, and does nothing twice. */
  readonly isRetryable: boolean;
  /** What it came from: a `fetch` that failed. */
  readonly cause?: unknown;
  /** The answer's headers, all of an error's answer; none when no answer came. They are not printed. */
  get headers(): HeadersLike;
  /** The answer's body as text, as it came. */
  get body(): string | undefined;
  /** What `JSON.stringify` writes: everything but details, headers and body. */
  toJSON(): object;
}

/** A parameter is missing, unknown or wrong; nothing was sent. */
export declare class InvalidRequestError extends JumpCloudError {}
/** 401: the credential is missing, wrong or ended. */
export declare class AuthenticationError extends JumpCloudError {}
/** 403: the role or the scopes of the credential do not allow it. */
export declare class PermissionError extends JumpCloudError {}
/** 404: there is no such object. */
export declare class NotFoundError extends JumpCloudError {}
/** 409: the object is there already, or is being changed. */
export declare class ConflictError extends JumpCloudError {}
/** 429: too many requests; see `retryAfter`. */
export declare class RateLimitedError extends JumpCloudError {}
/** 400, 422 and the other 4xx: JumpCloud refused what was sent; see `details`. */
export declare class ValidationError extends JumpCloudError {}
/** 5xx: JumpCloud failed. */
export declare class ServerError extends JumpCloudError {}
/** No answer came: connection, TLS, timeout, or a redirect that may not be followed. */
export declare class TransportError extends JumpCloudError {}
/** An answer came that is not what it should be; `body` has it. */
export declare class DecodeError extends JumpCloudError {}
/** The signature that System Context needs could not be made. */
export declare class SigningError extends JumpCloudError {}
/** A list ended before its end, or may have passed an item by: what was handed out is not all. */
export declare class IncompleteError extends JumpCloudError {}
