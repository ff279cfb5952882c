/** The client. */

import type { CallOptions, List, ListOptions, Retry, Signal } from "./calls.cjs";
import type { Apis, OperationArguments, OperationName, OperationResult } from "./operations.cjs";
import type { PlaybookMethods, PlaybookName, Playbooks } from "./playbooks.cjs";

/** What a credential function gives: a key or a service account, and how long it may be kept. */
export type Credential = ({ apiKey: string } | { serviceAccount: { id: string; secret: string } }) & {
  /** Milliseconds that it may be kept for other calls; by default until JumpCloud refuses it. */
  expiresIn?: number;
};

/** Who calls. */
interface Credentials {
  /** An administrator's key. */
  apiKey: string;
  /** A service account's client id and secret. Its tokens are renewed in time. */
  serviceAccount: { id: string; secret: string };
  /** A system that signs with its agent's key. */
  systemContext: SystemContext;
  /** Says who calls, for a key that is kept in a vault or rotated. It is asked when a call needs it, once for all calls that wait for
   * it; what it gives is kept as long as it says, and asked for once more where JumpCloud refuses it. Its error is the call's `cause`. */
  credentials: () => Credential | Promise<Credential>;
}

/** Exactly one of them. */
export type OneCredential = {
  [Name in keyof Credentials]: Pick<Credentials, Name> & { [Other in Exclude<keyof Credentials, Name>]?: undefined };
}[keyof Credentials];

/** A client's settings: exactly one credential, and what else it should know. */
export type Settings = OneCredential & ClientSettings;

/** What a client may know beside its credential. */
export interface ClientSettings {
  /** Where the organization is: `us` by default. */
  region?: "us" | "eu" | "in";
  /** The organization to act in. */
  orgId?: string;
  /** One address instead of all of JumpCloud's: a proxy, or the fake. */
  baseUrl?: string;
  /** An address instead of one of JumpCloud's. */
  baseUrls?: { console?: string; insights?: string; oauth?: string };
  /** Lets base URLs do without TLS: whoever is on the way reads the credential. This machine may be called so without it. */
  allowHttp?: boolean;
  /** What the program calls itself, after our name in `user-agent`: `offboarding/2.1`. Browsers send their own instead. */
  userAgent?: string;
  /** Sends requests, instead of the runtime's `fetch`. */
  fetch?: Fetch;
  /** Milliseconds that one request may take; 60,000 by default. */
  timeout?: number;
  /** Milliseconds that a call may take, with all its tries, its waits and its token; of a list each of its pages. */
  deadline?: number;
  /** How many bytes an answer may have, decompressed; 256 MiB by default. A longer one is an error, and not read on. */
  maxBody?: number;
  /** How many requests may be in flight at once, of all calls together; others are held until one has its answer. */
  requestsInFlight?: number;
  /** How many requests may start in a second, of all calls together. */
  requestsPerSecond?: number;
  retry?: Retry;
  /** Refuses bodies with keys and values that JumpCloud does not describe. */
  strict?: boolean;
  /** For tests: the time in milliseconds since 1970. */
  clock?: () => number;
  /** For tests: waits. */
  sleep?: (milliseconds: number, signal: Signal) => Promise<void>;
}

/** A `fetch`: of the runtime, a proxy agent, a mock. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** What a `fetch` is given. Body and signal are those of the runtime, whichever it is. */
export interface FetchInit {
  method: string;
  headers: [string, string][];
  body?: any;
  redirect: "manual";
  signal: any;
  duplex?: "half";
}

/** What of a `Response` is used. */
export interface FetchResponse {
  readonly status: number;
  readonly type?: string;
  readonly redirected?: boolean;
  readonly url?: string;
  readonly headers: HeadersLike;
  /** A `ReadableStream` is read no further than `maxBody`. */
  readonly body?: unknown;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What of `Headers` is used. */
export interface HeadersLike {
  get(name: string): string | null;
  forEach(callback: (value: string, name: string) => void): void;
}

/** An answer with everything around its body. */
export interface Reply<Body = unknown> {
  status: number;
  headers: HeadersLike;
  requestId: string | undefined;
  mediaType: string | undefined;
  body: Body;
  /** The body as it came. */
  bytes: Uint8Array;
}

/** A request that was not sent. Only what it prints is without credentials and secret values. */
export declare class PreparedRequest {
  private constructor();
  get method(): string;
  get url(): string;
  get headers(): [string, string][];
  /** The body as `fetch` takes it. */
  get body(): any;
  /** For a person to read: without credentials and secret values. */
  toString(): string;
  toJSON(): string;
}

/** An operation, in short. */
export interface OperationSummary {
  name: OperationName;
  method: string;
  path: string;
  /** Whether it gives pages. */
  list: boolean;
  /** Whether it deletes or erases something. */
  destructive: boolean;
  /** JumpCloud's own ids for it. */
  operationIds: string[];
  /** What it does, in a sentence. */
  summary: string;
}

/** An operation with everything about it. */
export interface OperationDescription {
  name: OperationName;
  /** What it does, in a sentence. */
  summary: string;
  operationIds: string[];
  api: string;
  method: string;
  path: string;
  safe: boolean;
  idempotent: boolean;
  destructive: boolean;
  /** Whether what the body leaves out is reset; null where no source says, so that it may be. */
  fullReplace: boolean | null;
  /** Of `api-key`, `bearer`, `system-context`, `client-secret`. */
  credentials: string[];
  organization: "none" | "optional" | "required" | "several";
  scopes: string[];
  /** How its pages follow one another; null when it has none. */
  paging: { [key: string]: any } | null;
  /** The parameters as a JSON Schema. */
  parameters: { [key: string]: any };
  filterFields: string[];
  /** A success as a JSON Schema; null when it is empty. */
  reply: { [key: string]: any } | null;
}

/** A playbook with everything about it. */
export interface PlaybookDescription {
  name: PlaybookName;
  description: string;
  safe: boolean;
  destructive: boolean;
  /** The operations it may call. */
  operations: OperationName[];
  /** The parameters as a JSON Schema. */
  parameters: { [key: string]: any };
  /** What it gives as a JSON Schema. */
  result: { [key: string]: any };
}

/** Where a reply differs from its description. */
export interface Drift {
  /** Where in the body. */
  path: string;
  message: string;
  /** Whether it contradicts the description, and is not only missing from it. */
  wrong: boolean;
}

/** A private key as `crypto.subtle` holds it. */
export interface KeyLike {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: object;
  readonly usages: readonly string[];
}

/** What a system signs with. */
export interface SystemContextSettings {
  /** The system's id: `systemKey` of its agent's configuration. */
  systemId: string;
  /** The private key: PEM or DER, PKCS#1 or PKCS#8, or a key of WebCrypto's. */
  privateKey?: string | Uint8Array | KeyLike;
  /** Signs instead of a private key: RSASSA-PKCS1-v1_5 with SHA-256. */
  sign?(bytes: Uint8Array): Promise<Uint8Array>;
  /** The region the system belongs to; a client takes it over that names none. */
  region?: string;
}

/** A system that signs with its agent's key instead of an API key. */
export declare class SystemContext {
  /** The system that this program runs on, by its agent's files; they are where agents keep them, by default. */
  static fromAgent(paths?: { configuration?: string; privateKey?: string }): Promise<SystemContext>;
  constructor(settings: SystemContextSettings);
  readonly systemId: string;
  readonly region: string | undefined;
}

/** JumpCloud's own name of an operation. It has no dot: names that have one are this package's, and all of them are known. */
export type OperationId<Id extends string> = Id extends `${string}.${string}` ? never : Id;

export interface JumpCloud extends Apis {}

/**
 * A client for all of JumpCloud's REST API.
 *
 * ```js
 * const jc = new JumpCloud({ apiKey, region: "eu" });
 * for await (const user of jc.v1.systemUsers.list({ filter: filter.eq("department", "IT") })) console.log(user.email);
 * ```
 */
export declare class JumpCloud {
  constructor(settings: Settings);
  /** Several calls to one end: what people script most. */
  readonly playbooks: Playbooks;
  /** Calls an operation by its name: a `List` where it gives pages, else a promise. */
  call<Name extends OperationName>(name: Name, ...rest: OperationArguments<Name>): OperationResult<Name>;
  /** Calls an operation by JumpCloud's operationId, `UserGroups_listAll`: the promise of what it gives, of a `List` where it gives pages. */
  call<Id extends string>(operationId: OperationId<Id>, parameters?: object, options?: ListOptions): Promise<any>;
  /** All pages of an operation by its name or operationId, where a program does not know it when it is written. */
  list(name: string, parameters?: object, options?: ListOptions): List<any>;
  /** Calls an operation once and gives the whole answer: status, headers, request id and body. */
  send<Name extends OperationName>(
    name: Name,
    ...rest: OperationArguments<Name>
  ): Promise<Reply<OperationResult<Name> extends Promise<infer Body> ? Body : unknown>>;
  send<Id extends string>(operationId: OperationId<Id>, parameters?: object, options?: CallOptions): Promise<Reply<any>>;
  /** The request of a call, not sent. */
  prepare<Name extends OperationName>(name: Name, ...rest: OperationArguments<Name>): Promise<PreparedRequest>;
  prepare<Id extends string>(operationId: OperationId<Id>, parameters?: object, options?: CallOptions): Promise<PreparedRequest>;
  /**
   * The operations that these words mean, the likeliest first: `"reset mfa"`, `"user's devices"`; without words all of them.
   * Like `describe` it loads the part of the package that knows sentences, with the first of either.
   */
  operations(words?: string): Promise<OperationSummary[]>;
  /** Everything about an operation, its parameters and reply as JSON Schema. */
  describe(name: OperationName): Promise<OperationDescription>;
  /** Everything about a playbook, its parameters and result as JSON Schema. */
  describe(name: PlaybookName): Promise<PlaybookDescription>;
  /** The OAuth scopes that these operations need. */
  scopes(names: readonly OperationName[]): Promise<string[]>;
  /** Where a reply's body differs from what JumpCloud says it looks like. */
  drift(name: OperationName, status: number, body: unknown): Promise<Drift[]>;
  /** All playbooks, described. */
  playbook(): Promise<PlaybookDescription[]>;
  /** Runs a playbook by its name. */
  playbook<Name extends PlaybookName>(
    name: Name,
    ...rest: Parameters<PlaybookMethods[Name]>
  ): ReturnType<PlaybookMethods[Name]>;
}
