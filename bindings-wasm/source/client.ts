// The client: everything the package exports, but for what depends on the runtime.

import type * as glue from "../build/glue.js";
import { undecodable } from "../build/glue.js";
import { type Content, serialize } from "./attachment.js";
import { type Event, type Host, Talk, parse, sleep } from "./conversation.js";
import { errorOf, invalid, told } from "./errors.js";
import { List, type Progress } from "./list.js";
import { complete, compose, load, memory, more } from "./load.js";
import { APIS, LISTS } from "./names.js";
import { PreparedRequest } from "./request.js";
import { type AgentPaths, SystemContext as AnySystemContext, fromAgent } from "./system-context.js";
import type { Fetch } from "./transport.js";
import { tree } from "./tree.js";
import type { Core, Runtime, Wasm } from "./wasm.js";

export {
  AuthenticationError,
  ConflictError,
  DecodeError,
  IncompleteError,
  InvalidRequestError,
  JumpCloudError,
  NotFoundError,
  PermissionError,
  RateLimitedError,
  ServerError,
  SigningError,
  TransportError,
  ValidationError,
} from "./errors.js";
export * as filter from "./filter.js";
export { Attachment, attachment } from "./attachment.js";
export { List } from "./list.js";
export { PreparedRequest } from "./request.js";

export interface Retry {
  /** How often a request is tried, the first time included. */
  attempts?: number;
  /** The longest wait, in milliseconds, that JumpCloud may ask for. */
  longestWait?: number;
}

/** What a credential function gives. */
export interface Credential {
  apiKey?: string;
  serviceAccount?: { id: string; secret: string };
  /** Milliseconds that it may be kept; by default until JumpCloud refuses it. */
  expiresIn?: number;
}

export interface Settings {
  apiKey?: string | undefined;
  serviceAccount?: { id: string; secret: string } | undefined;
  systemContext?: AnySystemContext | undefined;
  /** Says who calls: asked when a call needs it, and again when what it said has ended or was refused. */
  credentials?: (() => Credential | Promise<Credential>) | undefined;
  region?: "us" | "eu" | "in" | (string & {});
  orgId?: string;
  baseUrl?: string;
  baseUrls?: { console?: string; insights?: string; oauth?: string };
  /** Lets base URLs to other machines do without TLS. */
  allowHttp?: boolean;
  /** How many requests may be in flight at once, of all calls together. */
  requestsInFlight?: number;
  /** How many requests may start in a second, of all calls together. */
  requestsPerSecond?: number;
  /** What the program calls itself, after our name in `user-agent`: `offboarding/2.1`. Browsers send their own instead. */
  userAgent?: string;
  fetch?: Fetch;
  /** Milliseconds that one request may take; 60,000 by default. */
  timeout?: number;
  /** Milliseconds that a call may take, with all its tries, its waits and its token; of a list each of its pages. */
  deadline?: number;
  /** How many bytes an answer may have, decompressed. */
  maxBody?: number;
  retry?: Retry;
  strict?: boolean;
  /** For tests: the time in milliseconds since 1970. */
  clock?: () => number;
  /** For tests: waits. */
  sleep?: Host["sleep"];
}

export interface Options {
  signal?: AbortSignal;
  /** Milliseconds that one request may take. */
  timeout?: number;
  /** Milliseconds that a call may take, with all its tries, its waits and its token; of a list each of its pages. */
  deadline?: number;
  /** How many bytes an answer may have, decompressed. */
  maxBody?: number;
  orgId?: string | string[];
  headers?: Record<string, string>;
  retry?: Retry;
  strict?: boolean;
  /** Of a list, how many items are wanted in all. */
  limit?: number;
  /** Of a list, how many items a page should have: as many as JumpCloud allows by default. */
  pageSize?: number;
  /** Of a list, how many pages are in flight at most; 4 by default. */
  concurrency?: number;
  /** Of a list, how many pages there are at most. */
  maxPages?: number;
  /** Of a list, where it begins: where another one stood; `null` for its start. Only with it a list knows its position. */
  from?: string | null;
  /** Of a list of events, which arrive late: nothing newer than so many milliseconds is asked for. */
  lag?: number;
  /** Of a list of events: how many milliseconds before its end the one that goes on from there begins. */
  overlap?: number;
  /** Of a list: called with each page. */
  onProgress?: (progress: Progress) => void;
  /** For tests: what jitter is made of. */
  seed?: number;
}

/** An answer with everything around its body. */
export interface Reply<T = unknown> {
  status: number;
  headers: Headers;
  requestId: string | undefined;
  mediaType: string | undefined;
  body: T;
  /** The body as it came. */
  bytes: Uint8Array;
}

/** Whether this runtime sends a `date` header that a program sets. Browsers leave it out without a word. */
const sendsDate = () => new Request("http://localhost", { headers: { date: "x" } }).headers.has("date");

class Client {
  readonly #runtime: Runtime;
  readonly #settings: string;
  readonly #host: Host;
  readonly #options: Pick<Options, "deadline" | "maxBody" | "retry" | "strict"> | undefined;
  #core: glue.Client | undefined;
  #names: string | undefined;
  /** Names that were found to be right. */
  readonly #known = new Set<string>();

  constructor(settings: Settings, runtime: Runtime) {
    const { systemContext, credentials, orgId, fetch, timeout = 60_000, deadline, maxBody, retry, strict, clock, sleep: pause, ...rest } = settings ?? {};
    if (systemContext && typeof systemContext.sign !== "function") {
      throw invalid("systemContext: expected a SystemContext, as new SystemContext({ systemId, privateKey }) makes", "systemContext");
    }
    if (credentials && typeof credentials !== "function") {
      throw invalid("credentials: expected a function that gives { apiKey } or { serviceAccount }", "credentials");
    }
    this.#runtime = runtime;
    if (retry || (strict ?? deadline ?? maxBody) !== undefined) {
      this.#options = { ...(retry && { retry }), ...(strict !== undefined && { strict }), ...(deadline !== undefined && { deadline }), ...(maxBody !== undefined && { maxBody }) };
    }
    this.#host = { fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)), timeout, clock: clock ?? Date.now, steady: clock ?? (() => performance.now()), holding: new Set(), sleep: pause ?? sleep, memory, compose: (step) => compose(runtime, step), neverLeft: runtime.neverLeft };
    if (systemContext) {
      this.#host.sign = (bytes) => {
        if (!fetch && !sendsDate()) {
          throw new Error("a browser does not let a program send the Date header that System Context signs; call from a server, or give a `fetch` that can");
        }
        return systemContext.sign(bytes, () => complete(runtime));
      };
    }
    if (credentials) this.#host.identify = credentials;
    this.#settings = JSON.stringify({
      region: systemContext?.region,
      ...rest,
      language: runtime.language,
      // Headers of one name come together in a fetch.
      joinsHeaders: true,
      organization: orgId,
      credentials: credentials && true,
      systemContext: systemContext && { systemId: systemContext.systemId },
    }, refusable);
  }

  #client(): glue.Client | Promise<glue.Client> {
    if (this.#core) return this.#core;
    const core = load(this.#runtime);
    const make = (core: Core) => (this.#core ??= new core.Client(this.#settings));
    return core instanceof Promise ? core.then(make) : make(core);
  }

  /** As JSON; nothing where nothing is given. */
  #optionsOf(given?: Options, limit?: number): string {
    if (!given && !this.#options && limit === undefined) return "";
    const { signal: _, timeout: __, onProgress: ___, orgId, retry, ...rest } = given ?? {};
    return JSON.stringify({
      seed: seed(),
      strict: this.#options?.strict,
      deadline: this.#options?.deadline,
      maxBody: this.#options?.maxBody,
      ...this.#options?.retry,
      ...rest,
      ...retry,
      // The start of a list that is asked where it stands.
      ...(rest.from === null && { from: true }),
      organizations: orgId,
      ...(limit != null && { limit: Math.min(limit, rest.limit ?? limit) }),
    }, refusable);
  }

  #hostOf(options?: Options): Host {
    const timeout = options?.timeout ?? this.#host.timeout;
    if (!(timeout > 0)) throw invalid("timeout: expected milliseconds, more than 0", "timeout");
    return timeout === this.#host.timeout ? this.#host : { ...this.#host, timeout };
  }

  /** The dotted name, of an operationId too: that has no dot, and only the second part knows it. */
  #dotted(name: string): string | Promise<string> {
    return name.includes(".") ? name : complete(this.#runtime).then(({ dotted_name }) => told(dotted_name(name)));
  }

  /** A single call, to its end. */
  async #reply(name: string, parameters: unknown, options: Options | undefined): Promise<[Event, Talk, unknown]> {
    options?.signal?.throwIfAborted();
    const [json, content] = serialize(parameters);
    const client = await this.#client();
    const dotted = await this.#dotted(name);
    const begin = () => client.call(dotted, json, this.#optionsOf(options), seed());
    const talk = new Talk(begin, this.#hostOf(options), content, options?.signal);
    try {
      const event = await talk.next();
      return [event, talk, bodyOf(event, talk)];
    } finally {
      talk.close();
    }
  }

  async #single(name: string, parameters: unknown, options: Options | undefined): Promise<unknown> {
    return (await this.#reply(name, parameters, options))[2];
  }

  /** All pages of an operation, by its dotted name or operationId. */
  list(name: string, parameters?: unknown, options?: Options): List {
    return new List(async (limit) => {
      options?.signal?.throwIfAborted();
      const [json, content] = serialize(parameters);
      const client = await this.#client();
      const dotted = await this.#dotted(name);
      const begin = () => client.pages(dotted, json, this.#optionsOf(options, limit), seed());
      return new Talk(begin, this.#hostOf(options), content, options?.signal, options?.from !== undefined);
    }, options?.onProgress, options?.from);
  }

  /** Calls an operation by its dotted name: a {@link List} where it gives pages, else a promise. By an operationId it is
   * always a promise, which leads to the list. */
  call(name: string, parameters?: unknown, options?: Options): List | Promise<unknown> {
    if (LISTS.test(name)) return this.list(name, parameters, options);
    const dotted = this.#dotted(name);
    if (typeof dotted === "string") return this.#single(dotted, parameters, options);
    return dotted.then((dotted) => this.call(dotted, parameters, options));
  }

  /** Calls an operation once and gives the whole answer: status, headers, request id and body. */
  async send(name: string, parameters?: unknown, options?: Options): Promise<Reply> {
    const [event, talk, body] = await this.#reply(name, parameters, options);
    const { status, headers, body: bytes } = talk.last!;
    return { status, headers, requestId: headers.get("x-request-id") ?? undefined, mediaType: event.first || undefined, body, bytes };
  }

  /** The request of a call, not sent. */
  async prepare(name: string, parameters?: unknown, options?: Options): Promise<PreparedRequest> {
    const [json, content] = serialize(parameters);
    const client = await this.#client();
    const dotted = await this.#dotted(name);
    await complete(this.#runtime);
    const prepare = () => client.prepare(dotted, json, this.#optionsOf(options), seed());
    let text = prepare();
    if (text.startsWith("composer\n")) {
      await compose(this.#runtime, text);
      text = prepare();
    }
    if (text.startsWith("error\n")) throw errorOf(text.slice(6));
    const end = text.lastIndexOf("\0");
    return new PreparedRequest(text.slice(0, end), text.slice(end + 1), content);
  }

  /** The operations that these words mean, the likeliest first; without words all of them. */
  async operations(words = ""): Promise<unknown> {
    return JSON.parse((await complete(this.#runtime)).search(words));
  }

  /** Everything about an operation, its parameters and reply as JSON Schema. */
  async describe(name: string): Promise<unknown> {
    return JSON.parse(told((await complete(this.#runtime)).describe(name)));
  }

  /** The OAuth scopes that these operations need. */
  async scopes(names: readonly string[]): Promise<string[]> {
    return told((await complete(this.#runtime)).scopes(names.join("\n"))).split("\n").filter(Boolean);
  }

  /** Where a reply's body differs from what JumpCloud says it looks like. */
  async drift(name: string, status: number, body: unknown): Promise<{ path: string; message: string; wrong: boolean }[]> {
    return JSON.parse(told((await complete(this.#runtime)).drift(name, status, JSON.stringify(body) ?? "null")));
  }

  /** Runs a playbook. Without a name: all of them, described. */
  async playbook(name?: string, parameters?: unknown, options?: Options): Promise<unknown> {
    options?.signal?.throwIfAborted();
    const [json] = serialize(parameters);
    const { playbooks } = await complete(this.#runtime);
    if (name === undefined) return JSON.parse(playbooks());
    const client = await this.#client();
    const begin = () => client.playbook(name, json, this.#optionsOf(options), seed());
    const talk = new Talk(begin, this.#hostOf(options), undefined, options?.signal);
    try {
      await talk.next();
      return JSON.parse(talk.text(""));
    } finally {
      talk.close();
    }
  }

  /** The names of all operations, one a line; nothing as long as the module is not here. */
  #operations(): string {
    try {
      const core = load(this.#runtime);
      if (!(core instanceof Promise)) return (this.#names ??= core.operations());
      // Whoever calls something is told.
      core.catch(() => {});
    } catch {}
    return "";
  }

  /** An operation's name as the core writes it; nothing as long as the module is not here. Of one that there is not, the core's
   * error is thrown. */
  _named(name: string): string | undefined {
    if (!this.#operations()) return undefined;
    const error = errorOf(undecodable(name, 0, "", new Uint8Array()));
    if (error.kind === "invalid_request") throw error;
    return error.operation;
  }

  /** The functions of all parts and of this one, which comes after them. */
  async _part(from: () => Wasm): Promise<WebAssembly.Exports> {
    await complete(this.#runtime);
    return more(from);
  }

  /** Operations by their dotted names, and playbooks: made when they are first asked for, and from then on properties like others. */
  static {
    const property = (name: string, make: (client: Client) => unknown) => {
      const put = (client: Client, value: unknown) =>
        Object.defineProperty(client, name, { value, configurable: true, writable: true });
      Object.defineProperty(this.prototype, name, {
        configurable: true,
        get(this: Client) {
          const value = make(this);
          put(this, value);
          return value;
        },
        set(this: Client, value: unknown) { put(this, value); },
      });
    };
    for (const api of APIS) {
      property(api, (client) => {
        const call = (name: string, parameters?: unknown, options?: Options) => {
          // A wrong name is an error at once, and not of a promise that nobody looks at.
          if (!client.#known.has(name) && client._named(name)) client.#known.add(name);
          return client.call(name, parameters, options);
        };
        return tree(api, call, () => client.#operations());
      });
    }
    property("playbooks", (client) => {
      const run = (name: string, parameters?: unknown, options?: Options) =>
        client.playbook(name.slice("playbooks.".length), parameters, options);
      return tree("playbooks", run, () => client.#runtime.playbooks ?? "");
    });
  }
}

/** The body of a reply: what JSON says, text, bytes with their media type, or nothing. */
function bodyOf({ what, first: mediaType, step }: Event, talk: Talk): unknown {
  switch (what) {
    case "json":
      return parse(talk.text(step, talk.last!.body), step);
    case "bytes": {
      const data = talk.bytes();
      return mediaType.startsWith("text/") ? new TextDecoder().decode(data) : { data, mediaType };
    }
    default:
      return undefined;
  }
}

/** What JSON would leave out or make null, and so no option at all: the core refuses a number below 0 wherever it stands. */
const refusable = (_: string, value: unknown) =>
  (typeof value === "number" && !Number.isFinite(value)) || typeof value === "function" || typeof value === "symbol" ? -1 : value;

/** What differs from call to call, and nobody guesses: forms are separated by it. Of 53 bits, which is what a number holds. */
const seed = () => {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return high * 2 ** 21 + (low >>> 11);
};

/** The classes that depend on the runtime. Entries export everything that this module exports, but for its default. */
export default function forRuntime(runtime: Runtime) {
  return {
    JumpCloud: class extends Client {
      static override name = "JumpCloud";
      constructor(settings: Settings) {
        super(settings, runtime);
      }
    },
    SystemContext: class extends AnySystemContext {
      static override name = "SystemContext";
      static async fromAgent(paths?: AgentPaths): Promise<AnySystemContext> {
        return new this(await fromAgent(runtime, paths));
      }
    },
  };
}

/** The client's class in some runtime. */
export type JumpCloud = ReturnType<typeof forRuntime>["JumpCloud"];

export type { Content };
