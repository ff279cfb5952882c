// Drives a conversation of the core: it says what it needs next, and this does it.

import type { Content } from "./attachment.js";
import { undecodable as coresError } from "../build/glue.js";
import { errorOf, trapped } from "./errors.js";
import { HEADERS } from "./names.js";
import { type Answer, type Failure, type Fetch, type NeverLeft, readRequest, send } from "./transport.js";
import type { Conversation } from "./wasm.js";

/** What a conversation needs of the outside. */
export interface Host {
  fetch: Fetch;
  /** Milliseconds that one request may take. */
  timeout: number;
  /** Milliseconds since 1970. */
  clock(): number;
  /** Milliseconds on a clock that nobody sets. */
  steady(): number;
  /** Wakes the conversations of the client that hold for what another one has, in the order in which they began to. */
  holding: Set<() => void>;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** The memory that conversations live in. */
  memory(): WebAssembly.Memory | undefined;
  /** Gives the core what it asks for with this step; once that is there it is not asked again. */
  compose(step: string): Promise<void>;
  /** Whether a request never left; only where runtimes tell. */
  neverLeft?: NeverLeft | undefined;
  /** Signs, where the credentials need it. */
  sign?(bytes: Uint8Array): Promise<Uint8Array>;
  /** Says who calls, where no setting does. */
  identify?(): unknown;
}

/** What a conversation hands out: the first line of its step, the next two, and of a page its items as JSON. */
export interface Event {
  what: "page" | "json" | "bytes" | "empty" | "outcome" | "end";
  first: string;
  second: string;
  step: string;
  text?: string;
}

/** So many pages may wait to be handed out, so that what comes after them is sent before they are looked at. */
const AHEAD = 4;

/** Timers of more milliseconds go off at once. */
const LONGEST = 0x7fffffff;

const decoder = new TextDecoder("utf-8", { fatal: true });
const latin1: ((this: Uint8Array) => string) | undefined = globalThis.Buffer?.prototype?.latin1Slice;

export class Talk {
  readonly #host: Host;
  readonly #begin: () => Conversation;
  #conversation: Conversation;
  readonly #content: Content | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #inFlight = new Set<AbortController>();
  #answers: (() => string | void)[] = [];
  /** There while somebody waits for an answer. */
  #wake: (() => void) | undefined;
  /** There while a signature is made. */
  #leave: (() => void) | undefined;
  readonly #pages: Event[] = [];
  #end: (() => Event) | undefined;
  #over = false;
  #cause: unknown;
  /** The last answer that came. */
  last: Answer | undefined;
  /** How many items of the page that was handed out last are taken. */
  taken = 0;
  readonly #ahead: number;
  #stood: string | undefined;

  /** With `exact` no page waits to be handed out, so that {@link position} is where the caller is. */
  constructor(begin: () => Conversation, host: Host, content?: Content, signal?: AbortSignal, exact = false) {
    this.#begin = begin;
    try {
      this.#conversation = begin();
    } catch (error) {
      throw trapped(error);
    }
    this.#host = host;
    this.#content = content;
    this.#signal = signal;
    this.#ahead = exact ? 1 : AHEAD;
    if (signal) onAbort(signal, this.#aborted);
  }

  readonly #aborted = () => this.close();

  /** The caller wants no more of it, not even what is here already. */
  get aborted(): boolean {
    return this.#signal?.aborted === true;
  }

  /** Where the list stands: behind what was taken. */
  get position(): string | undefined {
    return this.#over || this.#ahead > 1 ? this.#stood : this.#conversation.position(this.taken);
  }

  /** Ends everything at once: what is in flight is aborted, what was held is freed. */
  close(): void {
    if (this.#over) return;
    this.#stood = this.position;
    this.#over = true;
    if (this.#signal) offAbort(this.#signal, this.#aborted);
    for (const controller of this.#inFlight) controller.abort();
    this.#inFlight.clear();
    this.#answers = [];
    this.#pages.length = 0;
    this.#wake?.();
    this.#leave?.();
    // What this one was getting, another one gets now.
    this.#news();
    try {
      this.#conversation.free();
    } catch {
      // Where wasm has stopped in the middle, nothing is given back.
    }
  }

  readonly #hold = () => this.#wake?.();

  /** Something has happened that others may hold for: the first of them looks, and when it holds no longer, the next one. */
  #news(): void {
    const { holding } = this.#host;
    holding.delete(this.#hold);
    for (const wake of holding) return wake();
  }

  /** Goes on until there is something to hand out. An error ends it. */
  async next(): Promise<Event> {
    const pages = this.#pages;
    try {
      for (;;) {
        this.#signal?.throwIfAborted();
        if (this.#over) return { what: "end", first: "", second: "", step: "" };
        if (pages.length && (pages.length >= this.#ahead || this.#end)) return pages.shift()!;
        if (this.#end) return this.#end();
        const step = this.#answers.shift()?.() ?? this.#conversation.step(this.#host.clock(), this.#host.steady());
        const [what, first = "", second = ""] = step.split("\n", 3) as [string, string?, string?];
        if (what === "hold") this.#host.holding.add(this.#hold);
        else if (this.#host.holding.has(this.#hold)) this.#news();
        switch (what) {
          case "send":
            this.#send(step);
            break;
          case "ask":
            this.#send(step);
            await this.#answer();
            break;
          case "sign":
            await this.#sign(this.#conversation.bytes());
            break;
          case "identify":
            void this.#identify();
            break;
          case "composer":
            this.#provide(step);
            await this.#answer();
            break;
          case "wait":
          case "hold":
          case "receive":
            if (pages.length) return pages.shift()!;
            await this.#answer(first ? +first : undefined);
            break;
          case "page":
            this.taken = 0;
            pages.push({ what, first, second, step, text: this.text(step) });
            break;
          default:
            this.#end = () => {
              if (what === "error") throw errorOf(step.slice(6), this.#conversation.bytes(), this.#cause);
              return { what: what as Event["what"], first, second, step };
            };
        }
      }
    } catch (error) {
      this.close();
      throw trapped(error);
    }
  }

  /** The JSON that goes with the last step, this one. A few bytes that are at hand need not be fetched from the module. */
  text(step: string, bytes?: Uint8Array): string {
    if (!bytes || bytes.length > 9999) {
      const conversation = this.#conversation;
      const memory = this.#host.memory();
      const ascii = latin1 && memory && conversation.ascii();
      bytes = memory ? new Uint8Array(memory.buffer, conversation.address(), conversation.length()) : conversation.bytes();
      // Where there is Node's `Buffer`, ASCII is a text in a tenth of the time that a TextDecoder takes.
      if (ascii) return latin1!.call(bytes);
    }
    try {
      return decoder.decode(bytes);
    } catch {
      throw undecodable(step, bytes.slice());
    }
  }

  bytes(): Uint8Array {
    return this.#conversation.bytes();
  }

  #send(step: string): void {
    const request = readRequest(step);
    const controller = new AbortController();
    const { fetch, timeout, neverLeft } = this.#host;
    const late = after(timeout, (why) => controller.abort(why));
    this.#inFlight.add(controller);
    const settle = (take: (asks: boolean) => string | void) => {
      clearTimeout(late);
      if (!this.#inFlight.delete(controller)) return;
      // The core is told at once, also while nobody asks: others may hold for a token that has come.
      if (this.#wake) {
        this.#answers.push(() => take(true));
        this.#wake();
      } else {
        try {
          take(false);
        } catch (error) {
          this.#answers.push(() => { throw error; });
        }
      }
      this.#news();
    };
    send(fetch, request, this.#content, controller.signal, neverLeft).then(
      (answer) => settle((asks) => {
        this.last = answer;
        let lines = "";
        const line = (value: string | null, name: string) => { if (value !== null) lines += `${name}: ${value}\n`; };
        // An error keeps all of them.
        if (answer.status > 299) answer.headers.forEach(line);
        else for (const name of HEADERS) line(answer.headers.get(name), name);
        return this.#conversation.received(request.ticket, answer.status, lines, answer.body, this.#host.clock(), this.#host.steady(), asks);
      }),
      (failure: Failure) => settle(() => {
        // Transports like to name the URL.
        this.#cause = request.secret ? undefined : failure.cause;
        this.#conversation.failed(request.ticket, failure.kind, failure.message, this.#host.clock(), this.#host.steady());
      }),
    );
  }

  /** Has the module given what it needs, and begins again: nothing was sent. */
  #provide(step: string): void {
    const then = (take: () => void) => {
      this.#answers.push(take);
      this.#wake?.();
    };
    this.#host.compose(step).then(
      () => then(() => {
        this.#conversation.free();
        this.#conversation = this.#begin();
      }),
      (error) => then(() => { throw error; }),
    );
  }

  async #sign(bytes: Uint8Array): Promise<void> {
    const { sign, timeout } = this.#host;
    let late: ReturnType<typeof after>;
    try {
      if (!sign) throw new Error("no private key was given");
      // What a caller signs with may never answer.
      const ended = new Promise<undefined>((resolve, reject) => {
        this.#leave = () => resolve(undefined);
        late = after(timeout, reject);
      });
      const signature = await Promise.race([sign(bytes), ended]);
      if (!this.#over) this.#conversation.signed(signature!);
    } catch (error) {
      this.#cause = error;
      if (!this.#over) this.#conversation.unsigned((error as Error).message);
    } finally {
      clearTimeout(late);
    }
  }

  async #identify(): Promise<void> {
    const said = (json?: string, cause?: unknown) => {
      this.#answers.push(() => {
        this.#cause = cause;
        this.#conversation.identified(json, this.#host.clock(), this.#host.steady());
        this.#news();
      });
      this.#wake?.();
    };
    try {
      said(JSON.stringify(await this.#host.identify!()) ?? "null");
    } catch (error) {
      said(undefined, error);
    }
  }

  /** Waits until an answer has come, or it is woken, or that long. */
  async #answer(milliseconds?: number): Promise<void> {
    if (this.#answers.length || this.#over) return;
    const answer = new Promise<void>((resolve) => { this.#wake = resolve; });
    if (milliseconds === undefined) {
      await answer;
    } else {
      const controller = new AbortController();
      await Promise.race([answer, this.#host.sleep(milliseconds, controller.signal)]);
      controller.abort();
    }
    this.#wake = undefined;
  }
}

/** The core's error for an answer whose brackets are in order, and whose items are no JSON all the same. */
function undecodable(step: string, body: Uint8Array): Error {
  const [, , , operation, status, requestId] = step.split("\n") as [string, string, string, string, string, string];
  return errorOf(coresError(operation, +status, requestId, body), body);
}

/** The escape of a half of a character, or of one of its two halves. */
const HALVES = /\\u[dD][89a-fA-F]/;

const whole = (_: string, value: unknown) =>
  typeof value === "string" ? value.replace(/[\uD800-\uDFFF]/gu, "\uFFFD") : value;

/** Reads the JSON that came with a step. What `JSON.parse` says of a fault is not repeated: it quotes the text. */
export function parse(text: string, step: string): unknown {
  try {
    // Half a character spoils its own text only; few pages hold any, and those are gone through.
    return JSON.parse(text, HALVES.test(text) ? whole : undefined);
  } catch {
    throw undecodable(step, new TextEncoder().encode(text));
  }
}

/** Who is told when a signal aborts. Runtimes warn of many listeners, so each signal has one of ours. */
const told = new WeakMap<AbortSignal, Set<() => void>>();

function onAbort(signal: AbortSignal, call: () => void): void {
  let calls = told.get(signal);
  if (!calls) {
    told.set(signal, (calls = new Set()));
    signal.addEventListener("abort", tell);
  }
  calls.add(call);
}

function offAbort(signal: AbortSignal, call: () => void): void {
  const calls = told.get(signal);
  calls?.delete(call);
  if (calls?.size !== 0) return;
  told.delete(signal);
  signal.removeEventListener("abort", tell);
}

function tell(this: AbortSignal): void {
  for (const call of told.get(this) ?? []) call();
}

/** Says after so many milliseconds that they are over. */
function after(milliseconds: number, end: (why: Error) => void): ReturnType<typeof setTimeout> | undefined {
  if (milliseconds > LONGEST) return undefined;
  return setTimeout(() => end(new Error(`it took longer than ${milliseconds} ms`)), milliseconds);
}

/** Waits so many milliseconds, or until the signal aborts. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(milliseconds, LONGEST));
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); });
  });
}
