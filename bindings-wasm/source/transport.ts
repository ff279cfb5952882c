// Sends one request with `fetch`, and says why there is no answer when there is none.

import type { Content } from "./attachment.js";

/** A `fetch`: the runtime's, or one of the caller's. */
export type Fetch = (url: string, init: RequestInit & { headers: [string, string][] }) => Promise<Response>;

/** A request as the core describes it. */
export interface Request {
  ticket: number;
  /** How many bytes of the answer's body are wanted. */
  maxBody: number;
  method: string;
  url: string;
  headers: [string, string][];
  body?: string;
  /** Where in `body` an attachment belongs, and how long it is. */
  attachment?: { at: number; length: number };
  /** Whether the URL is a secret. */
  secret?: boolean;
}

/** Reads the lines of a step that sends. */
export function readRequest(step: string): Request {
  const end = step.indexOf("\n\n");
  const [, numbers, method, url, about, ...lines] = step.slice(0, end).split("\n") as [string, string, string, string, string];
  const [ticket, maxBody] = numbers.split(" ");
  const headers = lines.map((line: string): [string, string] => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
  const request: Request = { ticket: +ticket!, maxBody: +maxBody!, method, url, headers };
  if (about !== "-") {
    request.body = step.slice(end + 2);
    const [at, length, secret] = about.split(" ");
    if (length) request.attachment = { at: +at!, length: +length };
    if (secret) request.secret = true;
  }
  return request;
}

/** Why a request has no answer; the numbers are the core's. */
export const NOT_SENT = 0, NO_ANSWER = 1, REFUSED = 2, TOO_LARGE = 3;

export class Failure extends Error {
  readonly kind: number;

  constructor(kind: number, why: string, cause?: unknown) {
    super(why, { cause });
    this.kind = kind;
  }
}

/** The body to send: the text, with the content in its place. */
export function bodyOf({ body, attachment }: Request, content?: Content): BodyInit | undefined {
  if (!attachment) return body;
  const [before, after] = [body!.slice(0, attachment.at), body!.slice(attachment.at)];
  if (!content) throw new Failure(REFUSED, "no content was given for the attachment");
  const wrong = (length: number) => new Failure(REFUSED, `${attachment.length} bytes were announced, ${length} given`);
  if (!(content instanceof ReadableStream)) {
    const length = content instanceof Blob ? content.size : content.byteLength;
    if (length !== attachment.length) throw wrong(length);
    return new Blob([before, content as BlobPart, after]);
  }
  if (content.locked) throw new Failure(REFUSED, "a stream cannot be sent twice: give a Blob or bytes");
  let length = 0;
  const encoder = new TextEncoder();
  return content.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start: (to) => to.enqueue(encoder.encode(before)),
      transform(chunk, to) {
        length += chunk.byteLength;
        if (length > attachment.length) throw wrong(length);
        to.enqueue(chunk);
      },
      flush(to) {
        if (length !== attachment.length) throw wrong(length);
        to.enqueue(encoder.encode(after));
      },
    }),
  );
}

/** Whether a request to this URL never left, by what a `fetch` of the runtime's has thrown; browsers do not tell. */
export type NeverLeft = (error: Trouble, url: string) => boolean;

export interface Trouble extends Error {
  code?: string;
  syscall?: string;
  /** A `fetch` of the caller's says with `false` that nothing left. */
  sent?: boolean;
}

function failure(error: unknown, url: string, neverLeft?: NeverLeft): Failure {
  const words: string[] = [];
  let never = false;
  for (let part = error as Trouble, depth = 0; part && depth < 4; depth++) {
    if (part instanceof Failure) return part;
    words.push(part.message || part.code || String(part));
    never ||= part.sent === false || !!neverLeft?.(part, url);
    part = (part.cause ?? (part as unknown as AggregateError).errors?.[0]) as typeof part;
  }
  return new Failure(never ? NOT_SENT : NO_ANSWER, [...new Set(words)].join(": "), error);
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** The bytes of a body, of which no more are wanted than so many. */
async function bytesOf(response: Response, most: number): Promise<Uint8Array> {
  const reader = response.body?.getReader?.();
  if (!reader) return new Uint8Array(await response.arrayBuffer());
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let piece; !(piece = await reader.read()).done; ) {
    length += piece.value.byteLength;
    if (length > most) {
      reader.cancel().catch(() => {});
      throw new Failure(TOO_LARGE, "");
    }
    pieces.push(piece.value);
  }
  if (pieces.length === 1) return pieces[0]!;
  const bytes = new Uint8Array(length);
  length = 0;
  for (const piece of pieces) {
    bytes.set(piece, length);
    length += piece.byteLength;
  }
  return bytes;
}

/** Sends a request and reads the whole answer; throws a {@link Failure}. A `fetch` that does not look at its signal is waited for no longer. */
export async function send(fetch: Fetch, request: Request, content: Content | undefined, signal: AbortSignal, neverLeft?: NeverLeft): Promise<Answer> {
  const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  try {
    return await Promise.race([answer(fetch, request, content, signal), aborted]);
  } catch (error) {
    // Not every runtime says why it aborted.
    throw failure(signal.aborted ? signal.reason : error, request.url, neverLeft);
  }
}

async function answer(fetch: Fetch, request: Request, content: Content | undefined, signal: AbortSignal): Promise<Answer> {
  const { method, url, headers } = request;
  const body = bodyOf(request, content);
  const init: Parameters<Fetch>[1] & { duplex?: "half" } = { method, headers, redirect: "manual", signal };
  if (body !== undefined) init.body = body;
  if (body instanceof ReadableStream) init.duplex = "half";
  const response = await fetch(url, init);
  // A browser hides where a redirect leads; a `fetch` of the caller's may have followed it.
  if (response.type === "opaqueredirect") throw new Failure(REFUSED, "a redirect, which is not followed");
  if (response.redirected && new URL(response.url).origin !== new URL(url).origin) {
    throw new Failure(REFUSED, `a redirect to another origin, ${new URL(response.url).origin}, was followed`);
  }
  return { status: response.status, headers: response.headers, body: await bytesOf(response, request.maxBody) };
}
