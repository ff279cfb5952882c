// Where the person is: the part of the address after `#`. Back, forward and bookmarks are the browser's.

import { useSyncExternalStore } from "preact/compat";

export interface Route {
  /** `users`, `operations`, … */
  screen: string;
  /** What of it is shown: an id, an operation's name; or nothing. */
  item: string;
  query: URLSearchParams;
}

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [screen = "", ...item] = path.split("/");
  return { screen: screen || "users", item: decodeURIComponent(item.join("/")), query: new URLSearchParams(query) };
}

export function address(screen: string, item = "", query: Record<string, string> | URLSearchParams = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${screen}${item && `/${encodeURIComponent(item)}`}${text && `?${text}`}`;
}

/** Goes there; with `replace` the way back skips where the person is now. */
export function go(to: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = to;
  }
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(
    (changed) => {
      addEventListener("hashchange", changed);
      return () => removeEventListener("hashchange", changed);
    },
    () => location.hash,
  );
  return readRoute(hash);
}
