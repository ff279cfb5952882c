// A proxy for pages: it holds the credential, and does for its own pages, and for whoever has a session, what is allowed.

import { __wbg_set_wasm, recognise } from "../build/glue.js";
import type { JumpCloud as JumpCloudOf, Settings } from "./client.js";
import type { JumpCloudError as AnyError } from "./errors.js";
import { HEADERS } from "./names.js";
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
      const { origin, path = "/", allow, authorize, maxRequest = 1_048_576, ...rest } = settings ?? {};
      const wrong = (parameter: string, expected: string) =>
        new InvalidRequestError({ kind: "invalid_request", parameter, message: `${parameter}: expected ${expected}` });
      const addresses = [origin].flat().map(originOf);
      const origins = addresses.map((address) => address?.origin);
      if (!origins.length || origins.includes(undefined)) throw wrong("origin", "the origin of your pages, as https://admin.example.com");
      if (!Array.isArray(allow) || !allow.length) throw wrong("allow", "the names of operations, as v1.systemUsers.list");
      if (typeof authorize !== "function") throw wrong("authorize", "a function that gives true for who may do that");
      if (!(maxRequest >= 0)) throw wrong("maxRequest", "a number of bytes");
      const refused = ["baseUrl", "baseUrls", "allowHttp"].find((name) => name in rest);
      if (refused) throw wrong(refused, "nothing, as a proxy asks JumpCloud only; say the region");
      const mount = path.split("/").filter(Boolean);
      const hosts = new Set(addresses.flatMap((address) => hostsOf(address!)));
      const jc = new JumpCloud({ ...rest, retry: { attempts: 1 } });
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
        if ((headers.get("x-org-id") ?? settings.orgId) !== settings.orgId) throw new Refusal(403, "this proxy is for another organization");
        if (url.username || url.password) throw new Refusal(400, "an address holds no name or password");
        const segments = url.pathname.split("/").slice(1);
        if (mount.some((segment, index) => segments[index] !== segment)) throw new Refusal(404, "the proxy is not served at that path");
        const asked = segments.slice(mount.length);
        if (asked.some(isOdd)) throw new Refusal(400, "the path has a segment that is empty, or holds a dot, a slash or a percent sign");
        const body = await bytesOf(request, maxRequest, settings.timeout ?? 60_000);
        await ready(jc);
        let lines = "";
        headers.forEach((value, name) => (lines += `${name}: ${value}\n`));
        const text = recognise(method, asked.join("/") + url.search, lines, body);
        if (!text.startsWith("told\n")) throw new Refusal(400, JSON.parse(text.slice(text.indexOf("\n"))).message);
        const [, operation, json] = text.split("\n", 3) as [string, string, string];
        if (!allowed.has(operation)) throw new Refusal(403, `${operation} is not allowed here`);
        const parameters = JSON.parse(json) as Record<string, unknown>;
        return { operation, parameters: await withContent(parameters, body, headers.get("content-type") ?? "") };
      };

      return async (request) => {
        try {
          const call = await read(request);
          const may = await authorize(request, call);
          if (may instanceof Response) return may;
          // Nothing but `true`: an object that says "no session" is not one.
          if (may !== true) throw new Refusal(401, "there is no session that may do that");
          const { status, headers, bytes } = await jc.send(call.operation, call.parameters, { signal: request.signal });
          return answer(status, headers, bytes);
        } catch (error) {
          if (error instanceof Refusal) return refusal(error.status, error.message);
          if (!(error instanceof JumpCloudError)) throw error;
          const { status, headers, body, message, kind } = error;
          // Who is not let in is the proxy, not the page.
          if (status === 401) return refusal(502, "JumpCloud refuses the proxy's credential");
          if (status && (status < 300 || status > 399)) return answer(status, headers, body);
          return refusal(kind === "invalid_request" ? 400 : 502, message);
        }
      };
    },

    listener(proxy: Proxy) {
      return async (incoming: Incoming, outgoing: Outgoing): Promise<void> => {
        const leaves = new AbortController();
        outgoing.on("close", () => leaves.abort());
        let answer: Response;
        try {
          answer = await proxy(requestOf(incoming, leaves.signal));
        } catch (error) {
          // Who has gone needs no answer.
          if (leaves.signal.aborted) return;
          answer = error instanceof Refusal ? refusal(error.status, error.message) : refusal(500, "the proxy failed");
          if (!(error instanceof Refusal)) console.error(error);
        }
        const bytes = new Uint8Array(await answer.arrayBuffer());
        // What was not read is not waited for.
        const unread = !incoming.readableEnded && !isSafe(incoming.method!);
        if (unread) answer.headers.set("connection", "close");
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
        outgoing.end(bytes, () => unread && incoming.destroy());
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
  writeHead(status: number, headers: Record<string, string>): unknown;
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

/** Whether a method only reads. */
const isSafe = (method: string) => method === "GET" || method === "HEAD";

/** An origin, and nothing else. */
function originOf(text: unknown): URL | undefined {
  try {
    const url = new URL(text as string);
    return url.origin === text && /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

/** How the header `host` may name it. */
const hostsOf = ({ hostname, port, protocol }: URL) =>
  port ? [`${hostname}:${port}`] : [hostname, `${hostname}:${protocol === "https:" ? 443 : 80}`];

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
    throw error;
  } finally {
    clearTimeout(late);
  }
}

/** The parameters with what is uploaded in the place of what the core says about it. */
async function withContent(parameters: Record<string, unknown>, bytes: Uint8Array, mediaType: string): Promise<Record<string, unknown>> {
  const { body } = parameters;
  if (isAttachment(body)) return { ...parameters, body: bytes };
  const fields = Object.entries((body ?? {}) as object).filter(([, value]) => isAttachment(value));
  if (!fields.length || !mediaType.startsWith("multipart/form-data")) return parameters;
  const form = await new Response(bytes as BodyInit, { headers: { "content-type": mediaType } }).formData();
  const files = fields.map(([name]) => [name, form.get(name)]);
  return { ...parameters, body: { ...(body as object), ...Object.fromEntries(files) } };
}

const isAttachment = (value: unknown) => {
  const facts = (value as { attachment?: { length?: unknown } } | undefined)?.attachment;
  return typeof facts === "object" && typeof facts?.length === "number";
};

/** What a page gets: what its client reads, and nothing that a browser would run, keep or hand on. */
const GUARDED = { "cache-control": "no-store", "content-security-policy": "default-src 'none'; sandbox", "x-content-type-options": "nosniff" };

function answer(status: number, from: Headers, body: Uint8Array | string | undefined): Response {
  const headers = new Headers(GUARDED);
  for (const name of HEADERS) {
    const value = from.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(body?.length ? (body as BodyInit) : null, { status, headers });
}

const refusal = (status: number, message: string) => Response.json({ message }, { status, headers: GUARDED });
