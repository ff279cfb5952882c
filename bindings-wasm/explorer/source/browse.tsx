// Users, systems and groups as tables: filtered, searched, sorted, read on to the end.

import { useEffect, useRef, useState } from "preact/hooks";
import { Detail } from "./detail";
import { Failure } from "./failure";
import { FilterRows, NO_ROWS, filterOf, type Rows } from "./filter-rows";
import { Icon } from "./icons";
import { type Growing, usePages } from "./pages";
import { address, go, type Route } from "./route";
import { type Column, type Table, idOf, text } from "./tables";
import type { Item, Json } from "./api";

/** How long a person may pause in typing. */
const PAUSE = 250;

export function Browse({ table, route }: { table: Table; route: Route }) {
  const words = route.query.get("search") ?? "";
  const sort = route.query.get("sort") ?? "";
  const filter = route.query.get("filter") ?? "";
  const list = usePages(table.list, table.query({ words, sort, filter: filterOf(readRows(filter)) }));
  const here = (item: string, change: Record<string, string> = {}) => {
    const query = new URLSearchParams(route.query);
    for (const [name, value] of Object.entries(change)) value ? query.set(name, value) : query.delete(name);
    return address(route.screen, item, query);
  };
  const chosen = list.items.find((item) => idOf(item) === route.item);
  return (
    <div class={route.item ? "browse with-detail" : "browse"}>
      <section class="list" aria-label={table.title}>
        <header class="head">
          <div class="row">
            <h1>{table.title}</h1>
            <Count list={list} />
          </div>
          <Search words={words} what={table.title.toLowerCase()} onChange={(search) => go(here(route.item, { search }), true)} />
          <Filters table={table} rows={filter} onChange={(filter) => go(here(route.item, { filter }), true)} />
        </header>
        {list.state === "failed" && <Failure error={list.error} />}
        <Items list={list} table={table} sort={sort} chosen={route.item} at={(item) => here(idOf(item))} sorted={(sort) => here(route.item, { sort })} />
      </section>
      {route.item && <Detail key={route.item} table={table} id={route.item} item={chosen} back={here("")} />}
    </div>
  );
}

function readRows(json: string): Rows {
  try {
    const { rows, any } = JSON.parse(json);
    return Array.isArray(rows) ? { rows: rows.map((row) => ({ field: text(row?.field), operator: text(row?.operator) || "eq", value: text(row?.value) })), any: any === true } : NO_ROWS;
  } catch {
    return NO_ROWS;
  }
}

function Count({ list }: { list: Growing }) {
  const shown = list.items.length.toLocaleString("en");
  const words =
    list.state === "failed"
      ? ""
      : list.state === "loading" && list.items.length === 0
        ? "loading…"
        : list.total === undefined
          ? `${shown}${list.state === "end" ? "" : " so far"}`
          : `${shown} of ${list.total.toLocaleString("en")}`;
  return (
    <p class="count" role="status">
      {words}
    </p>
  );
}

function Search({ words, what, onChange }: { words: string; what: string; onChange(words: string): void }) {
  const [typed, setTyped] = useTyped(words, onChange);
  return (
    <label class="search">
      <Icon name="search" />
      <input type="search" aria-label={`Search ${what}`} placeholder={`Search ${what}`} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
    </label>
  );
}

function Filters({ table, rows, onChange }: { table: Table; rows: string; onChange(rows: string): void }) {
  const [typed, setTyped] = useTyped(rows, onChange);
  const change = (rows: Rows) => setTyped(rows.rows.length ? JSON.stringify(rows) : "");
  return <FilterRows value={readRows(typed)} fields={table.fields} alternatives={table.alternatives} onChange={change} />;
}

/** What a person types, said when there is a pause; and what the address says, when that changes otherwise. */
function useTyped(known: string, say: (typed: string) => void): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(known);
  const said = useRef(known);
  // Where the person is by then: what was clicked meanwhile stays open.
  const latest = useRef(say);
  latest.current = say;
  useEffect(() => {
    if (known === said.current) return;
    said.current = known;
    setTyped(known);
  }, [known]);
  useEffect(() => {
    if (typed === said.current) return;
    const timer = setTimeout(() => {
      said.current = typed;
      latest.current(typed);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped];
}

interface ItemsProperties {
  list: Growing;
  table: Table;
  sort: string;
  chosen: string;
  at(item: Item): string;
  sorted(sort: string): string;
}

function Items({ list, table, sort, chosen, at, sorted }: ItemsProperties) {
  const end = useRef<HTMLDivElement>(null);
  // The next page comes when a person is near the end of this one.
  useEffect(() => {
    if (list.state !== "more" || !end.current) return;
    const watch = new IntersectionObserver(([seen]) => seen?.isIntersecting && list.more(), { rootMargin: "400px" });
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [list.state, list.items.length]);
  return (
    <div class="scroll">
      <table class="items">
        <thead>
          <tr>
            {table.columns.map((column) => (
              <Heading key={column.field} column={column} sort={sort} sorted={sorted} />
            ))}
          </tr>
        </thead>
        <tbody>
          {list.items.map((item) => (
            <tr key={idOf(item)} class={idOf(item) === chosen ? "chosen" : ""} onClick={() => go(at(item))}>
              {table.columns.map((column) => (
                <td key={column.field} class={column.room}>
                  <Cell column={column} value={item[column.field]} link={at(item)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {list.state === "end" && list.items.length === 0 && <p class="empty">Nothing matches.</p>}
      {list.state === "more" && (
        <div class="end" ref={end}>
          <button onClick={list.more}>Load more</button>
        </div>
      )}
      {list.state === "loading" && <div class="bar" />}
    </div>
  );
}

function Heading({ column, sort, sorted }: { column: Column; sort: string; sorted(sort: string): string }) {
  const up = sort === column.field;
  const down = sort === `-${column.field}`;
  return (
    <th scope="col" class={column.room} aria-sort={up ? "ascending" : down ? "descending" : "none"}>
      <a href={sorted(up ? `-${column.field}` : down ? "" : column.field)}>
        {column.title}
        {(up || down) && <Icon name={up ? "sortUp" : "sortDown"} />}
      </a>
    </th>
  );
}

function Cell({ column, value, link }: { column: Column; value: Json | undefined; link: string }) {
  const shown = text(value);
  switch (column.as) {
    case "name":
      return <a href={link}>{shown || "—"}</a>;
    case "state":
      return <span class={`state ${shown.toLowerCase()}`}>{shown.toLowerCase()}</span>;
    case "flag":
      return <span class={`state ${value ? "activated" : "staged"}`}>{value ? "yes" : "no"}</span>;
    case "date":
      return shown ? <time dateTime={shown}>{shown.slice(0, 10)}</time> : <>—</>;
    case "kind":
      return <>{shown.replace("_group", "s")}</>;
    default:
      return <>{shown || "—"}</>;
  }
}
