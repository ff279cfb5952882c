/**
 * What all calls share: options, lists, pages, filters, uploads.
 *
 * Nothing here needs the DOM library: what belongs to the runtime is described by the part that is used of it.
 */

/** An `AbortSignal`, whichever library describes it. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** How often a request is tried, and how long a server may make it wait. */
export interface Retry {
  /** Tries in all; 1 is never to retry. */
  attempts?: number;
  /** The longest wait between two tries, in milliseconds: a server that asks for more is not waited for. */
  longestWait?: number;
}

/** What every call takes beside its parameters. */
export interface CallOptions {
  /** Ends the call at once; it rejects with the signal's reason. */
  signal?: Signal;
  /** How long one request may take, in milliseconds. */
  timeout?: number;
  /** The organization to act in, instead of the client's; Insights takes several. */
  orgId?: string | readonly string[];
  /** Headers beside those of the operation. */
  headers?: { readonly [name: string]: string };
  retry?: Retry;
  /** Refuses bodies with keys and values that JumpCloud does not describe. */
  strict?: boolean;
}

/** What a list takes beside its parameters. */
export interface ListOptions extends CallOptions {
  /** How many items at most, of all pages together. */
  limit?: number;
  /** How many pages may be in flight at once; 4 unless said. */
  concurrency?: number;
  /** How many pages at most: reaching it is an error. */
  maxPages?: number;
  /** Called after every page. */
  onProgress?: (progress: Progress) => void;
}

/** How far a list has come. */
export interface Progress {
  /** Items that came so far. */
  readonly received: number;
  /** How many there are in all, where JumpCloud says it. */
  readonly total: number | undefined;
}

/** A part of a list, as one reply brought it. */
export interface Page<Item> {
  readonly items: Item[];
  /** How many items came before. */
  readonly offset: number;
  /** How many there are in all, where JumpCloud says it. */
  readonly total: number | undefined;
}

/** All items of a list, fetched page by page as they are asked for. */
export interface List<Item> extends AsyncIterable<Item> {
  /** The same, page by page. */
  pages(): AsyncIterable<Page<Item>>;
  /** All items at once. */
  toArray(options?: { readonly limit?: number }): Promise<Item[]>;
  /** How many there are in all, once a page that says so has come. */
  readonly total: number | undefined;
}

/** A reply that is not text. */
export interface Binary {
  readonly data: Uint8Array;
  readonly mediaType: string;
}

/** What an operation without parameters takes. */
export interface NoParameters {
  readonly [name: string]: never;
}

/** What a playbook gives; the same fields in every language. */
export interface PlaybookResult {
  readonly [field: string]: any;
}

/** A text, number, boolean or time to compare with. */
export type FilterValue = string | number | boolean | Date;

/** One comparison, or several joined; the functions of `filter` make them. */
export type FilterExpression =
  | { readonly field: string; readonly operator: FilterOperator; readonly value: FilterValue }
  | { readonly field: string; readonly operator: "in"; readonly values: readonly FilterValue[] }
  | { readonly field: string; readonly operator: "between"; readonly low: FilterValue; readonly high: FilterValue }
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter };

export type FilterOperator =
  | "eq" | "ne" | "gt" | "ge" | "lt" | "le"
  | "search" | "starts_with" | "ends_with" | "eq_ignoring_case";

/** What a list is filtered by: an expression, JumpCloud's own text (`"department:eq:IT"`), or a list, all of which must hold. */
export type Filter = FilterExpression | string | readonly Filter[];

/** A `Blob` or `File`. */
export interface BlobLike {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  stream(): unknown;
}

/** Bytes to send: whole, or as a stream with its length. */
export type Upload =
  | BlobLike
  | Uint8Array
  | ArrayBuffer
  | {
      /** The bytes, or a stream of them. */
      readonly data: BlobLike | Uint8Array | ArrayBuffer | AsyncIterable<Uint8Array>;
      /** How many bytes; needed for a stream. */
      readonly length?: number;
      readonly fileName?: string;
      readonly mediaType?: string;
    };
