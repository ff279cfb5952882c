/** A proxy for pages: it holds the credential, and does for its own pages, and for whoever has a session, what is allowed. */

import type { ClientSettings, OneCredential } from "./client.cjs";
import type { OperationName } from "./operations.cjs";

/** A class of the runtime, as far as the program's libraries declare it. */
type Global<Name extends string> = typeof globalThis extends { [Key in Name]: { prototype: infer Instance } } ? Instance : any;

/** What a request asks for: what the core has read, and what is sent if it may be. */
export interface ProxyCall {
  operation: OperationName;
  /** Its parameters, as a client gives them: `{ id, body }`. */
  parameters: { [name: string]: any };
}

/** A proxy's settings: a client's, and what belongs to a proxy. It asks JumpCloud in the `region` only. */
export type ProxySettings = OneCredential & Omit<ClientSettings, "baseUrl" | "baseUrls" | "allowHttp" | "retry"> & ProxyOptions;

/** What a proxy needs to know beside a client's settings. */
export interface ProxyOptions {
  /** The origin of your pages, `https://admin.example.com`, at which the proxy is served, too; or several. Requests for another host
   * are refused, and those of another origin's pages. */
  origin: string | readonly string[];
  /** The path that the proxy is served at: `/api/jumpcloud`; by default it is the whole host. */
  path?: string;
  /** The operations that may be called. */
  allow: readonly OperationName[];
  /**
   * Whether whoever has sent the request may do that: `true`, and nothing else, lets it through. Look for your own session here. A
   * `Response` is answered as it is (one may be for all), anything else with 401. What it throws, the proxy throws.
   */
  authorize(request: Global<"Request">, call: ProxyCall): boolean | Global<"Response"> | Promise<boolean | Global<"Response">>;
  /** How many bytes a request may have; 1,048,576 by default. */
  maxRequest?: number;
}

/** Answers a request: what servers in the style of `fetch` call, as Next's route handlers and workers are. */
export type Proxy = (request: Global<"Request">) => Promise<Global<"Response">>;

/**
 * Makes a proxy. A mistake in its settings is an `InvalidRequestError`, at once.
 *
 * ```js
 * const proxy = createProxy({ apiKey, origin: "https://admin.example.com", allow: ["v1.systemUsers.list"], authorize });
 * ```
 */
export declare function createProxy(settings: ProxySettings): Proxy;

/** What of `node:http` is used. */
export interface IncomingLike extends AsyncIterable<any> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly readableEnded: boolean;
  destroy(): unknown;
}

/** What of `node:http` is used. */
export interface OutgoingLike {
  on(event: "close", listener: () => void): unknown;
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  end(bytes: Uint8Array, done: () => void): unknown;
}

/** The proxy for `createServer` of `node:http`. */
export declare function listener(proxy: Proxy): (incoming: IncomingLike, outgoing: OutgoingLike) => Promise<void>;
