// One user, system or group beside its table: what it is, and what it hangs together with.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Item } from "./api";
import { Copy } from "./copy";
import { Failure } from "./failure";
import { Icon } from "./icons";
import { Tree } from "./json-tree";
import { usePages } from "./pages";
import { address, go } from "./route";
import { useSession } from "./session";
import { KINDS, type Related, type Table, idOf, text } from "./tables";

/** How many related objects are named before a person asks for more: each name is a request. */
const SOME = 8;

export function Detail({ table, id, item, back }: { table: Table; id: string; item: Item | undefined; back: string }) {
  const { api } = useSession();
  const [found, setFound] = useState<Item | undefined>(item);
  const [error, setError] = useState<unknown>();
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    pane.current?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    // A link leads here without the row; which of the kinds it is, the row would have said.
    if (found || error) return;
    if (item) return setFound(item);
    const leaving = new AbortController();
    const tries = [...new Set([table.get({}), table.get({ type: "system_group" })])];
    const attempt = (operation: string): Promise<Item> => api.send(operation, { id }, leaving.signal).then((answer) => answer.body as Item);
    tries
      .slice(1)
      .reduce((before, operation) => before.catch(() => attempt(operation)), attempt(tries[0] ?? ""))
      .then(setFound, (error: unknown) => !leaving.signal.aborted && setError(error));
    return () => leaving.abort();
  }, [item]);
  const operation = found && table.get(found);
  return (
    <aside class="detail" ref={pane} aria-label={`The ${table.one}`} onKeyDown={(event) => event.key === "Escape" && go(back)}>
      <header class="row">
        <h2 tabIndex={-1}>{found ? table.name(found) : id}</h2>
        <a class="plain square button" href={back} aria-label="Close">
          <Icon name="close" />
        </a>
      </header>
      <div class="row">
        <code class="id">{id}</code>
        <Copy text={id} what="Copy id" />
      </div>
      {error !== undefined && <Failure error={error} />}
      {found && (
        <>
          {table.related(id, found).map((related) => (
            <Relatives key={related.operation} related={related} />
          ))}
          <section>
            <header class="row">
              <h3>JSON</h3>
              <Copy text={JSON.stringify(found, null, 2)} />
              {operation && (
                <a class="plain small button" href={address("operations", operation, { id })}>
                  <Icon name="operations" />
                  {operation}
                </a>
              )}
            </header>
            <div class="json">
              <Tree value={found} />
            </div>
          </section>
        </>
      )}
    </aside>
  );
}

function Relatives({ related }: { related: Related }) {
  const list = usePages(related.operation, related.parameters);
  const [shown, setShown] = useState(SOME);
  const known = list.total ?? list.items.length;
  const more = () => {
    if (shown + SOME > list.items.length && list.state === "more") list.more();
    setShown(shown + 3 * SOME);
  };
  return (
    <section>
      <h3>
        {related.title} {list.state !== "loading" && list.state !== "failed" && <span class="quiet">{known.toLocaleString("en")}</span>}
      </h3>
      {list.state === "failed" && <Failure error={list.error} />}
      <ul class="chips">
        {list.items.slice(0, shown).map((item) => (
          <li key={idOf(item)}>
            <Relative item={item} />
          </li>
        ))}
        {known > shown && (
          <li>
            <button class="chip" onClick={more}>
              {known - shown} more
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}

/** An object of the graph by its name, which the graph does not say. */
function Relative({ item }: { item: Item }) {
  const { api } = useSession();
  const id = idOf(item);
  const kind = KINDS[text(item["type"])];
  const [name, setName] = useState("");
  useEffect(() => {
    if (!kind) return;
    const leaving = new AbortController();
    // Without its name it is shown by its id.
    api.send(kind.get, { [kind.parameter]: id }, leaving.signal).then((answer) => setName(kind.name(answer.body as Item)), () => {});
    return () => leaving.abort();
  }, [id]);
  const shown = name || id;
  return kind?.screen ? (
    <a class="chip" href={address(kind.screen, id)}>
      {shown}
    </a>
  ) : kind ? (
    <a class="chip" href={address("operations", kind.get, { [kind.parameter]: id })}>
      {shown}
    </a>
  ) : (
    <span class="chip">
      {shown} <span class="quiet">{text(item["type"])}</span>
    </span>
  );
}
