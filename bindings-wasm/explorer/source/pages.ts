// A list that grows as a person reads on.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Item, Page, Parameters } from "./api";
import { useSession } from "./session";

export interface Growing {
  items: Item[];
  total: number | undefined;
  state: "loading" | "more" | "end" | "failed";
  error: unknown;
  /** Gets the next page, unless one is on its way. */
  more(): void;
}

const NOTHING = { items: [] as Item[], total: undefined as number | undefined, state: "loading" as Growing["state"], error: undefined as unknown };

/** The pages of a list, from the start again whenever what is asked for changes. */
export function usePages(operation: string, parameters: Parameters): Growing {
  const { api } = useSession();
  const [list, setList] = useState(NOTHING);
  const next = useRef<() => void>(() => {});
  const asked = JSON.stringify([operation, parameters]);
  useEffect(() => {
    const leaving = new AbortController();
    const pages: AsyncIterator<Page> = api.pages(operation, parameters, leaving.signal)[Symbol.asyncIterator]();
    let busy = false;
    setList(NOTHING);
    next.current = () => {
      if (busy || leaving.signal.aborted) return;
      busy = true;
      setList((list) => ({ ...list, state: "loading" }));
      pages.next().then(
        ({ value, done }) => {
          if (leaving.signal.aborted) return;
          busy = done === true;
          setList((list) => {
            if (done) return { ...list, state: "end" };
            const items = [...list.items, ...value.items];
            const total = value.total ?? list.total;
            return { ...list, items, total, state: "more" };
          });
        },
        (error: unknown) => {
          if (!leaving.signal.aborted) setList((list) => ({ ...list, state: "failed", error }));
        },
      );
    };
    next.current();
    return () => leaving.abort();
  }, [api, asked]);
  const more = useCallback(() => next.current(), []);
  return { ...list, more };
}
