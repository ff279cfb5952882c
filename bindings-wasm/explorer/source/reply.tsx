// An answer: what it is, and its body as a table, a tree or text.

import { useEffect, useMemo, useState } from "preact/hooks";
import type { Answer, Item } from "./api";
import { Copy } from "./copy";
import { Scalar, Tree } from "./json-tree";

/** So many columns and rows at first: a table is to look at, not to work through. */
const COLUMNS = 8;
const ROWS = 100;

export function ReplyView({ answer, list }: { answer: Answer; list: { items: string | null } | null }) {
  const { body, status, requestId, mediaType, bytes, milliseconds } = answer;
  const items = useMemo(() => itemsOf(body, list), [body, list]);
  const [view, setView] = useState<"table" | "tree" | "text">(items ? "table" : "tree");
  const isJson = body !== null && typeof body === "object" && !(body instanceof Uint8Array);
  const json = useMemo(() => (isJson ? JSON.stringify(body, null, 2) : ""), [body]);
  const count = items ? `, ${items.length} ${items.length === 1 ? "item" : "items"}` : "";
  return (
    <>
      <div class="reply-facts">
        <p role="status">
          <span class={`status s${Math.floor(status / 100)}`}>{status}</span> {size(bytes)}
          {count} in {milliseconds.toFixed(0)} ms
        </p>
        {requestId && (
          <p class="quiet">
            request <code>{requestId}</code>
          </p>
        )}
      </div>
      {isJson ? (
        <>
          <div class="row">
            <div class="tabs" role="group" aria-label="How to show it">
              {items && (
                <button type="button" aria-pressed={view === "table"} onClick={() => setView("table")}>
                  Table
                </button>
              )}
              <button type="button" aria-pressed={view === "tree"} onClick={() => setView("tree")}>
                Tree
              </button>
              <button type="button" aria-pressed={view === "text"} onClick={() => setView("text")}>
                Text
              </button>
            </div>
            <Copy text={json} what="Copy JSON" />
          </div>
          {view === "table" && items ? (
            <ItemTable items={items} />
          ) : view === "text" ? (
            <pre class="body">
              <code>{json}</code>
            </pre>
          ) : (
            <div class="json">
              <Tree value={body} open={2} />
            </div>
          )}
        </>
      ) : body instanceof Uint8Array ? (
        <File bytes={body} mediaType={mediaType} />
      ) : body === undefined || body === "" ? (
        <p class="quiet">The reply has no body.</p>
      ) : (
        <pre class="body">
          <code>{String(body)}</code>
        </pre>
      )}
    </>
  );
}

/** The items of a list: the whole body, or the member that the description names. */
function itemsOf(body: unknown, list: { items: string | null } | null): Item[] | undefined {
  const items = !list ? undefined : list.items ? (body as Record<string, unknown> | null)?.[list.items] : body;
  return Array.isArray(items) && items.every((item) => item !== null && typeof item === "object") ? items : undefined;
}

export function ItemTable({ items }: { items: Item[] }) {
  const [rows, setRows] = useState(ROWS);
  // The columns that tell items apart: those whose plain values differ most.
  const columns = useMemo(() => {
    const some = items.slice(0, 50);
    const names = [...new Set(some.flatMap((item) => Object.keys(item)))];
    const variety = (name: string) => new Set(some.map((item) => item[name]).filter((value) => typeof value !== "object" && value !== "")).size;
    const chosen = new Set(names.toSorted((one, other) => variety(other) - variety(one)).slice(0, COLUMNS));
    return names.filter((name) => chosen.has(name));
  }, [items]);
  if (items.length === 0) return <p class="empty">No items.</p>;
  return (
    <div class="scroll">
      <table class="items dense">
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.slice(0, rows).map((item, index) => (
            <tr key={index}>
              {columns.map((name) => (
                <td key={name}>
                  <Short value={item[name]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > rows && (
        <div class="end">
          <button type="button" onClick={() => setRows(rows + 10 * ROWS)}>
            {(items.length - rows).toLocaleString("en")} more
          </button>
        </div>
      )}
    </div>
  );
}

function Short({ value }: { value: unknown }) {
  if (value === undefined || value === "") return <span class="quiet">—</span>;
  if (Array.isArray(value)) return <span class="quiet">[ {value.length} ]</span>;
  if (value !== null && typeof value === "object") return <span class="quiet">{"{ }"}</span>;
  return typeof value === "string" ? <>{value}</> : <Scalar value={value} />;
}

function File({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType }));
    setUrl(url);
    return () => URL.revokeObjectURL(url);
  }, [bytes]);
  return (
    <p>
      {mediaType.startsWith("image/") && url && <img class="preview" src={url} alt="The image of the reply" />}
      <a class="button" href={url} download="">
        Save {size(bytes.length)} of {mediaType || "bytes"}
      </a>
    </p>
  );
}

export function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
