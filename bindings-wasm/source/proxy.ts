// A proxy for pages: it holds the credential, and does for its own pages, and for whoever has a session, what is allowed.

import { __wbg_set_wasm, recognise } from "../build/glue.js";
import type { JumpCloud as JumpCloudOf, Settings } from "./client.js";
import type { JumpCloudError as AnyError, Facts } from "./errors.js";
import { HEADERS } from "./names.js";
import type { Fetch } from "./transport.js";
import type { Wasm } from "./wasm.js";

type Client = InstanceType<JumpCloudOf>;

/** What a request asks for. */
export interface ProxyCall {
  operation: string;
  parameters: Record<string, unknown>;
}

export interface ProxySettings extends Omit<Settings, "baseUrl" | "baseUrls" | "allowHttp" | "retry"> {
  /** The origins of the pages, which is where the proxy is served, too. */
  origin: string | readonly string[];
  /** The path that the proxy is served at. */
  path?: string;
  /** The names of the operations that may be called. */
  allow: readonly string[];
  /** Whether whoever has sent the request may do that: `true`, or an answer. */
  authorize(request: Request, call: ProxyCall): boolean | Response | Promise<boolean | Response>;
  /** How many bytes a request may have. */
  maxRequest?: number;
}

export type Proxy = (request: Request) => Promise<Response>;

/** Why a request is not done. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Of the package in this runtime. */
interface Package {
  JumpCloud: JumpCloudOf;
  JumpCloudError: typeof AnyError;
  InvalidRequestError: typeof AnyError;
}

export default function proxyOf({ JumpCloud, JumpCloudError, InvalidRequestError }: Package, routes: () => Wasm) {
  let loading: Promise<void> | undefined;
  /** What recognises requests is the last part: loaded once for all proxies. */
  const ready = (client: Client) =>
    (loading ??= client._part(routes).then(__wbg_set_wasm, (error) => {
      loading = undefined;
      throw error;
    }));

  return {
    createProxy(settings: ProxySettings): Proxy {
      const { origin, path = "/", allow, authorize, maxRequest = 1_048_576, fetch, credentials, ...rest } = settings ?? {};
      const { apiKey, serviceAccount, systemContext, orgId, timeout = 60_000 } = rest;
      const wrong = (parameter: string, expected: string) =>
        new InvalidRequestError({ kind: "invalid_request", parameter, message: `${parameter}: expected ${expected}` });
      const addresses = [origin].flat().map(originOf);
      const origins = addresses.map((address) => address?.origin);
      if (!origins.length || origins.includes(undefined)) throw wrong("origin", "the origin of your pages, as https://admin.example.com");
      if (!Array.isArray(allow) || !allow.length || allow.some((name) => typeof name !== "string")) {
        throw wrong("allow", "the names of operations, as v1.systemUsers.list");
      }
      if (typeof authorize !== "function") throw wrong("authorize", "a function that gives true for who may do that");
      if (!(maxRequest >= 0)) throw wrong("maxRequest", "a number of bytes");
      if (!(timeout > 0)) throw wrong("timeout", "milliseconds, more than 0");
      if (orgId != null && (typeof orgId !== "string" || !orgId)) throw wrong("orgId", "an organization's id, or nothing");
      if (![apiKey, serviceAccount, systemContext, credentials].some(Boolean)) {
        throw wrong("apiKey", "a credential: apiKey, serviceAccount, systemContext or credentials");
      }
      const refused = ["baseUrl", "baseUrls", "allowHttp"].find((name) => name in rest);
      if (refused) throw wrong(refused, "nothing, as a proxy asks JumpCloud only; say the region");
      const mount = mountOf(path);
      if (!mount) throw wrong("path", "a path as addresses have it, /api/jumpcloud");
      const hosts = new Set(addresses.flatMap((address) => hostsOf(address!)));
      const secrets = new Secrets(apiKey, serviceAccount?.secret);
      const jc = new JumpCloud({
        ...rest,
        retry: { attempts: 1 },
        fetch: (url, init) => {
          secrets.noteHeaders(init.headers);
          return fetch ? fetch(url, init) : globalThis.fetch(url, init);
        },
        credentials: typeof credentials !== "function" ? credentials : async () => {
          const given = await credentials();
          secrets.note(given?.serviceAccount?.secret);
          return given;
        },
      });
      /** Knows nothing but parameters: what it refuses is the caller's mistake, and what only `jc` refuses is in the settings. */
      const checks = new JumpCloud({ apiKey: "checks-parameters", strict: rest.strict === true });
      // A wrong name is an error now, where the module is at hand.
      const allowed = new Set(allow.map((name) => jc._named(name) ?? name));

      /** What a request asks for, when nothing is wrong with it. */
      const read = async (request: Request): Promise<ProxyCall> => {
        const { headers, method } = request;
        const url = new URL(request.url);
        if (!hosts.has((headers.get("host") ?? url.host).toLowerCase())) throw new Refusal(403, "this proxy is not served at that host");
        const from = headers.get("origin");
        // Browsers say where a request comes from with all that may change something, and newer ones also with the others.
        if (from === null ? !isSafe(method) : !origins.includes(from)) throw new Refusal(403, "this proxy is for its own pages only");
        if (!/^(same-origin|none)$/.test(headers.get("sec-fetch-site") ?? "none")) throw new Refusal(403, "this proxy is for its own pages only");
        // A credential of the caller's would be ignored, and so would be somebody else's organization.
        if ((headers.get("x-org-id") ?? orgId) !== orgId) throw new Refusal(403, "this proxy is for another organization");
        // It is a parameter of some operations, and says for whose organizations.
        if (headers.has("x-provider-id")) throw new Refusal(403, "this proxy is for one organization, not for a provider's");
        if (url.username || url.password) throw new Refusal(400, "an address holds no name or password");
        const segments = url.pathname.split("/").slice(1);
        if (mount.some((segment, index) => segments[index] !== segment)) throw new Refusal(404, "the proxy is not served at that path");
        const asked = segments.slice(mount.length);
        if (asked.some(isOdd)) throw new Refusal(400, "the path has a segment that is empty, or holds a dot, a slash or a percent sign");
        await ready(jc);
        // Before anything else is read: it need not be read for an operation that may not be called.
        const called = operationOf(method, asked.join("/"));
        if (!allowed.has(called)) throw new Refusal(403, `${called} is not allowed here`);
        const mediaType = mediaTypeOf(headers.get("content-type") ?? "");
        const body = await bytesOf(request, maxRequest, timeout);
        const lines = [`content-type: ${mediaType}`];
        headers.forEach((value, name) => name === "content-type" || lines.push(`${name}: ${value}`));
        const ask = (body: Uint8Array) => recognise(method, asked.join("/") + url.search, lines.join("\n"), body);
        const { facts, operation = "", json = "{}" } = recognised(ask(body));
        if (facts) throw new Refusal(400, facts.message);
        const parameters = JSON.parse(json) as Record<string, unknown>;
        // What is no text is no JSON: where it passes, the body is taken as it is.
        const takesBytes = () => mediaType === "application/octet-stream" && !recognised(ask(Uint8Array.of(255))).facts;
        return { operation, parameters: await withContent(parameters, body, mediaType, takesBytes) };
      };

      /** What JumpCloud answers, or why it does not. */
      const send = async ({ operation, parameters }: ProxyCall, signal: AbortSignal): Promise<Response> => {
        try {
          const { status, headers, bytes } = await jc.send(operation, parameters, { signal });
          return answer(status, headers, bytes, secrets);
        } catch (error) {
          if (signal.aborted) return refusal(499, "whoever has asked has left");
          if (!(error instanceof JumpCloudError)) throw error;
          const { status = 0, headers, body, message, kind } = error;
          // Who is not let in is the proxy, not the page; and a page does not ask for tokens.
          if (status === 401 || (status && error.operation !== operation)) return refusal(502, "JumpCloud refuses the proxy's credential");
          if (isFinal(status)) return answer(status, headers, body, secrets);
          if (kind === "invalid_request") {
            const mistake = await checks.prepare(operation, parameters).then(() => undefined, (mistake) => mistake as AnyError);
            if (mistake) return refusal(400, secrets.struck(mistake.message));
            console.error(`jumpcloud-client/proxy: ${secrets.struck(message)}`);
            return refusal(502, "the proxy is not set up");
          }
          // What a `fetch` says of itself may name hosts, and hold a password.
          console.error(`jumpcloud-client/proxy: ${operation}: ${kind}, ${codeOf(error)}`);
          return refusal(502, kind === "transport" ? "JumpCloud could not be reached" : "JumpCloud's answer could not be had");
        }
      };

      return async (request) => {
        let call: ProxyCall;
        try {
          call = await read(request);
        } catch (error) {
          if (error instanceof Refusal) return refusal(error.status, error.message);
          throw error;
        }
        const may = await authorize(request, call);
        if (may instanceof Response) return again(may);
        // Nothing but `true`: an object that says "no session" is not one.
        return may === true ? send(call, request.signal) : refusal(401, "there is no session that may do that");
      };
    },

    listener(proxy: Proxy) {
      return async (incoming: Incoming, outgoing: Outgoing): Promise<void> => {
        const leaves = new AbortController();
        outgoing.on("close", () => leaves.abort());
        let answer: Response;
        let bytes: ArrayBuffer;
        try {
          answer = await proxy(requestOf(incoming, leaves.signal));
          bytes = await answer.arrayBuffer();
          if (!answer.status) throw new TypeError("expected a Response with a status");
        } catch (error) {
          // Who has gone needs no answer.
          if (leaves.signal.aborted) return;
          answer = error instanceof Refusal ? refusal(error.status, error.message) : refusal(500, "the proxy failed");
          if (!(error instanceof Refusal)) console.error(error);
          bytes = await answer.arrayBuffer();
        }
        const headers: Record<string, string | string[]> = Object.fromEntries(answer.headers);
        // Each is a line of its own.
        const cookies = answer.headers.getSetCookie();
        if (cookies.length) headers["set-cookie"] = cookies;
        // What was not read is not waited for.
        const unread = !incoming.readableEnded && (!isSafe(incoming.method!) || hasBody(incoming.rawHeaders));
        if (unread) headers["connection"] = "close";
        outgoing.writeHead(answer.status, headers);
        outgoing.end(new Uint8Array(bytes), () => unread && incoming.destroy());
      };
    },
  };
}

/** What of `node:http` is used. */
interface Incoming extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly readableEnded: boolean;
  destroy(): void;
}

interface Outgoing {
  on(event: "close", listener: () => void): unknown;
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  end(bytes: Uint8Array, done: () => void): unknown;
}

/** A request of Node's as servers of the day have it. */
function requestOf(incoming: Incoming, signal: AbortSignal): Request {
  const { method = "", url = "", rawHeaders } = incoming;
  const headers = new Headers();
  try {
    for (let index = 0; index < rawHeaders.length; index += 2) headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
    const init: RequestInit & { duplex?: "half" } = { method, headers, signal };
    if (!isSafe(method)) {
      init.body = (ReadableStream as unknown as { from(bytes: unknown): ReadableStream }).from(incoming);
      init.duplex = "half";
    }
    // Which host it is for says a header; of the first line only the path and the query are looked at.
    return new Request(`http://host.invalid${url}`, init);
  } catch {
    throw new Refusal(400, "that is no request");
  }
}

/** Whether headers say that a body follows. */
const hasBody = (rawHeaders: readonly string[]) =>
  rawHeaders.some((name, index) => index % 2 === 0 && /^(transfer-encoding|content-length)$/i.test(name) && rawHeaders[index + 1] !== "0");

/** Whether a method only reads. */
const isSafe = (method: string) => method === "GET" || method === "HEAD";

/** An origin, and nothing else. */
function originOf(text: unknown): URL | undefined {
  try {
    const url = new URL(text as string);
    return url.origin === text && /^https?:$/.test(url.protocol) && !url.hostname.includes("*") ? url : undefined;
  } catch {
    return undefined;
  }
}

/** How the header `host` may name it. */
const hostsOf = ({ hostname, port, protocol }: URL) =>
  port ? [`${hostname}:${port}`] : [hostname, `${hostname}:${protocol === "https:" ? 443 : 80}`];

/** The segments of the path that the proxy is served at; nothing when no address has that path. */
function mountOf(path: unknown): string[] | undefined {
  if (typeof path !== "string") return undefined;
  const segments = path.split("/").filter(Boolean);
  const { pathname } = new URL(`http://host.invalid/${segments.join("/")}`);
  return pathname.slice(1) === segments.join("/") && !segments.some(isOdd) ? segments : undefined;
}

/** Bodies of what `authorize` has answered. */
const bodies = new WeakMap<Response, Promise<ArrayBuffer>>();

/** The same answer, which may be one for all. It is cloned once: each clone of it would hold what nobody reads of those before. */
async function again(answer: Response): Promise<Response> {
  const { status, statusText, headers, body } = answer;
  if (!status || (answer.bodyUsed && !bodies.has(answer))) {
    throw new TypeError("authorize: expected a Response that can be answered: with a status, its body not read");
  }
  if (body && !bodies.has(answer)) bodies.set(answer, answer.clone().arrayBuffer());
  return new Response(body && (await bodies.get(answer)), { status, statusText, headers });
}

/** What `recognise` tells. */
function recognised(text: string): { facts?: Facts; operation?: string; json?: string } {
  const [line, name] = [text.indexOf("\n") + 1, text.indexOf("\n", 5) + 1];
  if (!text.startsWith("told\n")) return { facts: JSON.parse(text.slice(line)) as Facts };
  return { operation: text.slice(line, name - 1), json: text.slice(name) };
}

/** The operation that is called, by method and path alone. */
function operationOf(method: string, path: string): string {
  const { facts, operation = facts?.operation } = recognised(recognise(method, path, "", new Uint8Array()));
  if (!operation) throw new Refusal(400, facts!.message);
  return operation;
}

/** A media type as it is compared, and of its parameters only the boundary, which no form is without. */
function mediaTypeOf(header: string): string {
  const mediaType = header.split(";")[0]!.trim().toLowerCase();
  if (mediaType !== FORM) return mediaType;
  // What RFC 2046 lets it be, 5.1.1.
  const boundary = /;\s*boundary=("?)([\w'()+,./:=?-]{1,70})\1\s*(;|$)/i.exec(header)?.[2];
  if (!boundary) throw new Refusal(400, "the form has no boundary, or one that no form has");
  return `${mediaType}; boundary="${boundary}"`;
}

const FORM = "multipart/form-data";

/** Whether a part of a path would be another path to whoever decodes it once more. */
function isOdd(segment: string): boolean {
  try {
    const text = decodeURIComponent(segment);
    return text === "" || text === "." || text === ".." || /[/\\%\0-\x1f\x7f]/.test(text);
  } catch {
    return true;
  }
}

/** The request's body: no more of it is read than so much, and no longer than that. */
async function bytesOf(request: Request, most: number, timeout: number): Promise<Uint8Array> {
  const large = new Refusal(413, `a request may have ${most} bytes`);
  if (Number(request.headers.get("content-length")) > most) throw large;
  const reader = request.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  if (!reader) return new Uint8Array();
  let bytes = new Uint8Array();
  let late: ReturnType<typeof setTimeout> | undefined;
  const ends = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Refusal(408, `the request has not come within ${timeout} ms`)), Math.min(timeout, 0x7fffffff));
  });
  try {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (let piece; !(piece = await Promise.race([reader.read(), ends])).done; ) {
      length += piece.value.byteLength;
      if (length > most) throw large;
      pieces.push(piece.value);
    }
    bytes = new Uint8Array(length);
    length = 0;
    for (const piece of pieces) {
      bytes.set(piece, length);
      length += piece.byteLength;
    }
    return bytes;
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error instanceof Refusal ? error : new Refusal(400, "the request's body has not come to its end");
  } finally {
    clearTimeout(late);
  }
}

/** The parameters with what is uploaded in the place of what the core says about it: never of what JSON says. */
async function withContent(parameters: Record<string, unknown>, bytes: Uint8Array, mediaType: string, takesBytes: () => boolean): Promise<Record<string, unknown>> {
  const { body } = parameters;
  if (isAttachment(body)) {
    if (takesBytes()) return { ...parameters, body: bytes };
    throw new Refusal(400, "body: an attachment comes as application/octet-stream");
  }
  if (!mediaType.startsWith(FORM)) return parameters;
  const fields = Object.entries((body ?? {}) as object).filter(([, value]) => isAttachment(value));
  if (!fields.length) return parameters;
  const odd = new Refusal(400, "the form does not read as one: each field once, and nothing after its end");
  // Before the runtime reads it, which takes a second for a megabyte of tiny parts.
  const line = `\r\n--${mediaType.slice(mediaType.indexOf('"') + 1, -1)}`;
  const most = Object.keys(body as object).length + 2;
  if (`\r\n${new TextDecoder("latin1").decode(bytes)}`.split(line, most + 1).length > most) throw odd;
  const form = await new Response(bytes as BodyInit, { headers: { "content-type": mediaType } }).formData().catch(() => { throw odd; });
  const files = fields.map(([name, value]) => {
    const file = form.get(name);
    // The core and the runtime have read the same, or it is not known what that is.
    if (!(file instanceof Blob) || file.size !== value.attachment.length) throw odd;
    return [name, file];
  });
  return { ...parameters, body: { ...(body as object), ...Object.fromEntries(files) } };
}

/** What the core writes for content, and takes for it. */
function isAttachment(value: unknown): boolean {
  const facts = (value as { attachment?: { length?: unknown } } | null | undefined)?.attachment;
  return typeof facts === "object" && typeof facts?.length === "number" && Object.keys(value as object).length === 1;
}

/** What was sent to JumpCloud as a credential, which no page sees, whoever says it back. */
class Secrets {
  readonly #known: readonly (string | undefined)[];
  /** The newest of those that change. */
  readonly #noted = new Set<string>();

  constructor(...known: (string | undefined)[]) {
    this.#known = known;
  }

  note(secret: unknown): void {
    if (typeof secret !== "string" || this.#noted.has(secret)) return;
    this.#noted.add(secret);
    if (this.#noted.size > 16) this.#noted.delete(this.#noted.values().next().value!);
  }

  noteHeaders(headers: Parameters<Fetch>[1]["headers"]): void {
    for (const [name, value] of headers) {
      if (/^(authorization|x-api-key)$/i.test(name)) this.note(value.replace(/^(basic|bearer) /i, ""));
    }
  }

  struck(text: string): string {
    for (const secret of [...this.#known, ...this.#noted]) {
      // Of a few letters there may be others, as for the core.
      if (typeof secret === "string" && secret.length >= 8) text = text.replaceAll(secret, "[redacted]");
    }
    return text;
  }
}

/** What a system says of why there is no answer: a word of capitals. */
function codeOf(error: unknown): string {
  for (let part = error as { code?: unknown; cause?: unknown } | undefined, depth = 0; part && depth < 4; part = part.cause as typeof part, depth++) {
    if (/^[A-Z_]{1,40}$/.test(String(part.code))) return String(part.code);
  }
  return "no code";
}

/** Whether a status is that of an answer, and leads nowhere else. */
const isFinal = (status: number) => (status >= 200 && status < 300) || (status >= 400 && status < 600);

/** What a page gets: what its client reads, and nothing that a browser would run, keep or hand on. */
const GUARDED = { "cache-control": "no-store", "content-security-policy": "default-src 'none'; sandbox", "x-content-type-options": "nosniff" };

function answer(status: number, from: Headers, body: Uint8Array | string = "", secrets: Secrets): Response {
  const headers = new Headers(GUARDED);
  for (const name of HEADERS) {
    const value = from.get(name);
    if (value !== null) headers.set(name, secrets.struck(value));
  }
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const struck = secrets.struck(text);
  const given = struck === text ? body : struck;
  return new Response(given.length && status !== 204 && status !== 205 ? (given as BodyInit) : null, { status, headers });
}

const refusal = (status: number, message: string) => Response.json({ message }, { status, headers: GUARDED });
