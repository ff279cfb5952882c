// A request that was not sent: what would go over the wire, and nothing secret in print.

import type { Content } from "./attachment.js";
import { bodyOf, readRequest } from "./transport.js";

export class PreparedRequest {
  // Private, because what is printed are properties.
  readonly #request: ReturnType<typeof readRequest>;
  readonly #content: Content | undefined;
  readonly #shown: string;

  constructor(step: string, shown: string, content?: Content) {
    this.#request = readRequest(step);
    this.#content = content;
    this.#shown = shown;
  }

  get method(): string { return this.#request.method; }
  get url(): string { return this.#request.url; }
  get headers(): [string, string][] { return this.#request.headers; }
  /** The body as `fetch` takes it. */
  get body(): BodyInit | undefined { return bodyOf(this.#request, this.#content); }

  /** For a person to read: without credentials and secret values. */
  toString(): string { return this.#shown; }
  toJSON(): string { return this.#shown; }
  [Symbol.for("nodejs.util.inspect.custom")](): string { return this.#shown; }
}
