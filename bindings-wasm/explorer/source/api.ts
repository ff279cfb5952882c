// The package, as this page uses it: by names that a person chose, so with values of any shape.

import { JumpCloud, type List, type PreparedRequest, type Reply } from "jumpcloud-client";
import type { Schema } from "./schema";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Item = { [name: string]: Json };
export type Parameters = Record<string, unknown>;
export type Filter = { field: string; operator: string; value?: Json; values?: Json[] } | { and: Filter[] } | { or: Filter[] };

/** A line of the table of operations. */
export interface Operation {
  name: string;
  method: string;
  path: string;
  /** What it does, in a sentence. */
  summary: string;
}

/** What `describe` says of an operation. */
export interface Description extends Operation {
  safe: boolean;
  destructive: boolean;
  /** Whether what the body leaves out is reset; null where nobody says. */
  fullReplace: boolean | null;
  credentials: string[];
  scopes: string[];
  paging: { strategy: string; items: string | null; size: string | null } | null;
  parameters: Schema;
  filterFields: string[];
  /** What a success answers; null for nothing. */
  reply: Schema | null;
}

/** What `describe` says of a playbook. */
export interface PlaybookDescription {
  name: string;
  description: string;
  safe: boolean;
  destructive: boolean;
  operations: string[];
  parameters: Schema;
  result: Schema;
}

/** How to reach JumpCloud. It lives in this page's memory and nowhere else. */
export interface Connection {
  /** Nothing for JumpCloud itself. */
  address: string;
  region: "us" | "eu" | "in";
  organization: string;
  apiKey: string;
  client: { id: string; secret: string };
}

export interface Answer {
  status: number;
  requestId: string | undefined;
  mediaType: string;
  /** Plain JSON, a text, bytes, or nothing. */
  body: unknown;
  bytes: number;
  milliseconds: number;
}

export interface Page {
  items: Item[];
  total: number | undefined;
}

/** A request that went over the wire. Headers and bodies are not kept: they hold secrets. */
export interface Sent {
  number: number;
  at: Date;
  method: string;
  url: string;
  status: number | undefined;
  milliseconds: number | undefined;
  /** Why there is no answer. */
  failure: string | undefined;
  /** The call from a form that it belongs to. */
  call: { name: string; parameters: Parameters } | undefined;
}

/** So many items a page of a list has: what a person looks at. */
const PAGE = 100;

/** So many requests are remembered. */
const REMEMBERED = 500;

/** The package's client for names that are not known before a person has chosen one. */
interface ByName {
  operations(words?: string): Promise<Operation[]>;
  describe(name: string): Promise<unknown>;
  prepare(name: string, parameters: Parameters): Promise<PreparedRequest>;
  send(name: string, parameters: Parameters, options: { signal: AbortSignal }): Promise<Reply>;
  call(name: string, parameters: Parameters, options: { signal: AbortSignal; concurrency: number; pageSize: number }): List | Promise<unknown>;
  playbook(name?: string, parameters?: Parameters, options?: { signal: AbortSignal }): Promise<unknown>;
}

export class Api {
  readonly #client: ByName;
  readonly #calls = new Map<string, Sent["call"]>();
  #sent: Sent[] = [];

  /** `told` hears of every request, and again when its answer has come. */
  constructor(connection: Connection, told: (sent: Sent[]) => void) {
    const { address, region, organization, apiKey, client } = connection;
    this.#client = new JumpCloud({
      ...(apiKey ? { apiKey } : { serviceAccount: client }),
      region,
      ...(organization && { orgId: organization }),
      ...(address && { baseUrl: address }),
      fetch: async (url, init) => {
        const sent: Sent = {
          number: (this.#sent[0]?.number ?? 0) + 1,
          at: new Date(),
          method: init.method ?? "GET",
          url,
          status: undefined,
          milliseconds: undefined,
          failure: undefined,
          call: this.#calls.get(`${init.method} ${url}`),
        };
        this.#sent = [sent, ...this.#sent.slice(0, REMEMBERED - 1)];
        told(this.#sent);
        const begun = performance.now();
        const settle = (outcome: Partial<Sent>) => {
          const settled = { ...sent, ...outcome, milliseconds: performance.now() - begun };
          this.#sent = this.#sent.map((known) => (known.number === sent.number ? settled : known));
          told(this.#sent);
        };
        try {
          const response = await fetch(url, init);
          settle({ status: response.status });
          return response;
        } catch (error) {
          settle({ failure: error instanceof Error ? error.message : String(error) });
          throw error;
        }
      },
    }) as unknown as ByName;
  }

  operations(words: string): Promise<Operation[]> {
    return this.#client.operations(words);
  }

  async describe(name: string): Promise<Description> {
    return (await this.#client.describe(name)) as Description;
  }

  /** The exact request of a call, without its secrets. */
  async prepare(name: string, parameters: Parameters): Promise<string> {
    return String(await this.#client.prepare(name, parameters));
  }

  /** One request, and its answer. */
  async send(name: string, parameters: Parameters, signal: AbortSignal): Promise<Answer> {
    const { method, url } = await this.#client.prepare(name, parameters);
    this.#calls.set(`${method} ${url}`, { name, parameters });
    const begun = performance.now();
    const { status, headers, requestId, mediaType = "", body } = await this.#client.send(name, parameters, { signal });
    const milliseconds = performance.now() - begun;
    const binary = isBinary(body);
    const bytes = Number(headers.get("content-length")) || (binary ? body.data.length : new Blob([JSON.stringify(body) ?? ""]).size);
    return { status, requestId, mediaType, body: binary ? body.data : body, bytes, milliseconds };
  }

  /** The pages of a list, each when it is asked for. */
  pages(name: string, parameters: Parameters, signal: AbortSignal): AsyncIterable<Page> {
    const list = this.#client.call(name, parameters, { signal, concurrency: 1, pageSize: PAGE });
    if (!("pages" in list)) throw new Error(`${name} gives no list`);
    return list.pages() as AsyncIterable<Page>;
  }

  async playbooks(): Promise<PlaybookDescription[]> {
    return (await this.#client.playbook()) as PlaybookDescription[];
  }

  playbook(name: string, parameters: Parameters, signal: AbortSignal): Promise<unknown> {
    return this.#client.playbook(name, parameters, { signal });
  }
}

function isBinary(body: unknown): body is { data: Uint8Array; mediaType: string } {
  return body !== null && typeof body === "object" && "data" in body && body.data instanceof Uint8Array;
}
