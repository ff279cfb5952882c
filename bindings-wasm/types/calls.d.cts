/**
 * What all calls share: options, lists, pages, filters, uploads.
 *
 * Nothing here needs the DOM library: what belongs to the runtime is described by the part of it that is used.
 */

/** An `AbortSignal`. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: any;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** How often a request is tried, and how long a server may make it wait. */
export interface Retry {
  /** How often a request is tried, the first time included. */
  attempts?: number;
  /** The longest wait, in milliseconds, that JumpCloud may ask for. */
  longestWait?: number;
}

/** What every call takes beside its parameters. */
export interface CallOptions {
  /** Ends the call at once; it rejects with the signal's reason. */
  signal?: Signal;
  /** Milliseconds that one request may take. */
  timeout?: number;
  /** Milliseconds that a call may take, with all its tries, its waits and its token; of a list each of its pages. */
  deadline?: number;
  /** How many bytes an answer may have, decompressed; 256 MiB by default. A longer one is an error, and not read on. */
  maxBody?: number;
  /** The organization to act in, instead of the client's. A list of Insights takes several, and is then one for each, in
   * turn: JumpCloud wants a header line for each, which `fetch` joins. So a single call takes one. */
  orgId?: string | readonly string[];
  /** Headers beside those of the operation. */
  headers?: { readonly [name: string]: string };
  /** How often to try, instead of the client's. */
  retry?: Retry;
  /** Refuses bodies with keys and values that JumpCloud does not describe. */
  strict?: boolean;
  /** For tests: what the jitter of waits is made of. */
  seed?: number;
}

/** What a list takes beside its parameters. */
export interface ListOptions extends CallOptions {
  /** How many items are wanted in all; the same as an operation's own `limit`, of which only one may be given. */
  limit?: number;
  /** How many items a page should have; as many as JumpCloud allows by default. */
  pageSize?: number;
  /** How many pages are in flight at most; 4 by default. */
  concurrency?: number;
  /** How many pages there are at most. */
  maxPages?: number;
  /** Where the list begins: the `position` where another one stood; `null` for its start. A list that is given this knows
   * its own position. */
  from?: string | null;
  /** Of a list of events, which arrive minutes late: nothing newer than so many milliseconds is asked for. Two minutes where
   * a list goes on from a position; else only when it is given. */
  lag?: number;
  /** Of a list of events: how many milliseconds before its end the list that goes on from there begins; ten minutes unless
   * told. What was handed out does not come again; an event is lost only if it is later than `lag` and `overlap` together. */
  overlap?: number;
  /** Called with each page. */
  onProgress?: (progress: Progress) => void;
}

/** How far a list has come. */
export interface Progress {
  /** Items that came so far. */
  received: number;
  /** How many there are in all, when JumpCloud says. */
  total?: number;
}

/** A part of a list, as one reply brought it. */
export interface Page<Item> {
  items: Item[];
  /** How many items came before. */
  offset: number;
  /** How many there are in all, when JumpCloud says. */
  total?: number;
}

/** One walk through a list. */
export interface ListIterator<T> extends AsyncIterableIterator<T> {
  /** Where this walk stands, of a list that was given `from`. */
  readonly position: string | undefined;
}

/**
 * All items of a list, fetched page by page as they are asked for. Every loop starts again; one iterator may be shared, and
 * then gives each item to one of those who ask.
 */
export declare class List<Item = unknown> implements AsyncIterable<Item> {
  private constructor();
  /** How many there are in all, once a page has come and if JumpCloud says. */
  total: number | undefined;
  /** Where it stands, of a list that was given `from`: behind the item, or the page, that was handed out last. Another one
   * begins there, in this program or after it. Of several iterators of one list it is that of the one that fetched last. */
  readonly position: string | undefined;
  /** All items, one by one. */
  [Symbol.asyncIterator](): ListIterator<Item>;
  /** The pages, each when it is asked for; leaving the loop ends what is in flight. */
  pages(): ListIterator<Page<Item>>;
  /** All items, or the first so many, in an array. */
  toArray(options?: { limit?: number }): Promise<Item[]>;
}

/** A reply that is not text. */
export interface Binary {
  data: Uint8Array;
  mediaType: string;
}

/** What an operation without parameters takes. */
export interface NoParameters {
  readonly [name: string]: never;
}

/** What a list is filtered by: an expression, which the functions of `filter` make, JumpCloud's own text
 * (`"department:eq:IT"`), or several of them, all of which must hold. */
export type Filter = FilterExpression | string | readonly (FilterExpression | string)[];

/** One comparison, or several joined. */
export type FilterExpression =
  | { readonly field: string; readonly operator: FilterOperator; readonly value: FilterValue }
  | { readonly field: string; readonly operator: "in"; readonly values: readonly FilterValue[] }
  | { readonly field: string; readonly operator: "between"; readonly low: FilterValue; readonly high: FilterValue }
  | { readonly and: readonly (FilterExpression | string)[] }
  | { readonly or: readonly (FilterExpression | string)[] }
  | { readonly not: FilterExpression | string };

/** How a field is compared with one value. */
export type FilterOperator =
  | "eq"
  | "ne"
  | "gt"
  | "ge"
  | "lt"
  | "le"
  | "search"
  | "starts_with"
  | "ends_with"
  | "eq_ignoring_case";

/** What a field is compared with. */
export type FilterValue = string | number | boolean | Date | { readonly wildcard: string };

/** A `Blob` or a `File`. */
export interface BlobLike {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  slice(start?: number, end?: number): unknown;
}

/** A `ReadableStream` of bytes. */
export interface StreamLike {
  readonly locked: boolean;
  getReader(): any;
  pipeThrough(...to: any[]): any;
}

/** Bytes, whole or as they come. */
export type Content = BlobLike | StreamLike | ArrayBuffer | ArrayBufferView;

/** Content with what a form says about it; made by `attachment`. */
export declare class Attachment {
  private constructor();
  readonly content: Content;
  readonly facts: AttachmentFacts;
}

/** What is told of content. */
export interface AttachmentFacts {
  /** Bytes of content; needed for a stream. */
  length?: number;
  fileName?: string;
  mediaType?: string;
}

/** What is uploaded. A stream's length must be told: `attachment(stream, { length })`. */
export type Upload = Content | Attachment;

/** Content to upload, with its name, its media type and, for a stream, its length. */
export declare function attachment(content: Content, facts?: AttachmentFacts): Attachment;
