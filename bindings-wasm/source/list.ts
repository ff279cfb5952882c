// A list: all its items, page by page, fetched as they are asked for. Which there are, and when it ends, is the core's to say.

import { type Talk, parse } from "./conversation.js";

/** A page of a list. */
export interface Page<T> {
  items: T[];
  /** How many items there were before this page. */
  offset: number;
  /** How many items the list has, when JumpCloud says. */
  total?: number;
}

export interface Progress {
  received: number;
  total?: number;
}

/** Starts a walk; the limit is that of the whole. */
export type Start = (limit?: number) => Promise<Talk>;

/** A walk through a list on its way; `whole` pages are handed out at once. */
interface Walk {
  talk?: Talk;
  whole: boolean;
}

/** A walk through a list, which knows where it stands. */
export interface Iterator<T> extends AsyncIterableIterator<T> {
  readonly position: string | undefined;
}

export class List<T = unknown> implements AsyncIterable<T> {
  readonly #start: Start;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  readonly #from: string | null | undefined;
  #last: Walk | undefined;
  /** How many items the list has, once a page has come and if JumpCloud says. */
  total: number | undefined;

  constructor(start: Start, onProgress?: (progress: Progress) => void, from?: string | null) {
    this.#start = start;
    this.#onProgress = onProgress;
    this.#from = from;
  }

  /** Where the list stands, of one that was given `from`: behind the item, or the page, that was handed out last. */
  get position(): string | undefined {
    return this.#positionOf(this.#last);
  }

  #positionOf(walk: Walk | undefined): string | undefined {
    return walk?.talk?.position ?? this.#from ?? undefined;
  }

  /** The pages, each when it is asked for; leaving the loop ends what is in flight. */
  pages(): Iterator<Page<T>> {
    return this.#pages();
  }

  #pages(limit?: number, walk: Walk = { whole: true }): Iterator<Page<T>> {
    // Begun with the first page that is asked for; and an iterator that is left while it begins ends what comes of it.
    let begun: Promise<Talk> | undefined;
    let over = false;
    const end = () => {
      over = true;
      begun?.then((talk) => talk.close(), () => {});
      return { done: true as const, value: undefined };
    };
    const next = async (): Promise<IteratorResult<Page<T>>> => {
      if (over) return end();
      const talk = await (begun ??= this.#start(limit));
      walk.talk = talk;
      this.#last = walk;
      const { what, first, second, step, text } = await talk.next();
      if (what !== "page") return end();
      const page: Page<T> = { items: parse(text!, step) as T[], offset: +first };
      if (second) page.total = this.total = +second;
      this.#onProgress?.({ received: page.offset + page.items.length, ...(second && { total: +second }) });
      if (walk.whole) talk.taken = page.items.length;
      return { done: false, value: page };
    };
    // One at a time, as async generators do: whoever asks twice gets two pages.
    let last: Promise<unknown> = Promise.resolve();
    const position = () => this.#positionOf(walk);
    return {
      get position() { return position(); },
      next: () => (last = last.then(next, end) as Promise<IteratorResult<Page<T>>>) as Promise<IteratorResult<Page<T>>>,
      return: async () => end(),
      [Symbol.asyncIterator]() { return this; },
    };
  }

  /** All items, one by one. */
  [Symbol.asyncIterator](): Iterator<T> {
    const walk: Walk = { whole: false };
    const pages = this.#pages(undefined, walk);
    let items: T[] = [];
    let index = 0;
    // Whoever asked last and has to wait for a page: the next one comes after them, as with async generators.
    let last: Promise<IteratorResult<T>> | undefined;
    const next = async (): Promise<IteratorResult<T>> => {
      if (walk.talk?.aborted) items = [];
      while (index >= items.length) {
        const page = await pages.next();
        if (page.done) return page;
        items = page.value.items;
        index = 0;
      }
      return take();
    };
    const take = () => {
      const value = items[index++]!;
      walk.talk!.taken = index;
      return { done: false as const, value };
    };
    const waiting = () => {
      const mine = last ? last.then(next, next) : next();
      const done = () => { if (last === mine) last = undefined; };
      mine.then(done, done);
      return (last = mine);
    };
    return {
      get position() { return pages.position; },
      // An item that is here already comes without the detour through another async function.
      next: () => (index < items.length && !last && !walk.talk!.aborted ? Promise.resolve(take()) : waiting()),
      return: async () => { items = []; await pages.return!(); return { done: true, value: undefined }; },
      [Symbol.asyncIterator]() { return this; },
    };
  }

  /** All items, or the first so many, in an array. */
  async toArray({ limit }: { limit?: number } = {}): Promise<T[]> {
    const items: T[] = [];
    const pages = this.#pages(limit);
    for (let page = await pages.next(); !page.done; page = await pages.next()) {
      for (const item of page.value.items) items.push(item);
    }
    return items;
  }
}
