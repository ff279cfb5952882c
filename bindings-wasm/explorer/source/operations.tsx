// All operations: found by words, and from the keyboard alone.

import { memo } from "preact/compat";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Operation } from "./api";
import { Icon } from "./icons";
import { OperationView } from "./operation";
import { address, go } from "./route";
import { useSession } from "./session";

/** What a key that asks for the search says, and who hears that the field has the keyboard now. */
interface Sought {
  sought: boolean;
  taken: () => void;
}

export function Operations({ name, sought, taken }: { name: string } & Sought) {
  return (
    <div class={name ? "catalogue with-item" : "catalogue"}>
      <Finder chosen={name} sought={sought} taken={taken} />
      {name ? (
        <OperationView key={name} name={name} />
      ) : (
        <div class="blank">
          <Icon name="operations" />
          <p>Choose an operation, or type to find one.</p>
          <p class="quiet">
            <kbd>/</kbd> search <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Enter</kbd> open
          </p>
        </div>
      )}
    </div>
  );
}

function Finder({ chosen, sought, taken }: { chosen: string } & Sought) {
  const { api } = useSession();
  const [words, setWords] = useState("");
  const [found, setFound] = useState<Operation[]>();
  const [active, setActive] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (!sought) return;
    field.current?.focus();
    taken();
  }, [sought]);
  useEffect(() => {
    let current = true;
    void api.operations(words).then((operations) => {
      if (!current) return;
      setFound(operations);
      setActive(0);
    });
    return () => {
      current = false;
    };
  }, [words]);
  // Where a person is, however they came there.
  useEffect(() => {
    const at = found?.findIndex((operation) => operation.name === chosen) ?? -1;
    if (at >= 0) setActive(at);
  }, [chosen, found !== undefined]);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active, found]);
  const press = (event: KeyboardEvent) => {
    const last = (found?.length ?? 1) - 1;
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 12, PageUp: active - 12 }[event.key];
    if (to !== undefined) setActive(Math.max(0, Math.min(last, to)));
    else if (event.key === "Enter" && found?.[active]) go(address("operations", found[active].name));
    else if (event.key === "Escape" && words) setWords("");
    else return;
    event.preventDefault();
  };
  return (
    <nav class="finder" aria-label="Operations">
      <header class="head">
        <div class="row">
          <h1>Operations</h1>
          <p class="count" role="status">
            {found && `${found.length}`}
          </p>
        </div>
        <label class="search">
          <Icon name="search" />
          <input
            ref={field}
            type="text"
            role="combobox"
            aria-label="Search operations"
            aria-expanded="true"
            aria-controls={id}
            aria-activedescendant={found?.[active] ? `${id}-${active}` : undefined}
            placeholder="What it does, its name or path"
            autocomplete="off"
            spellcheck={false}
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
            onKeyDown={press}
          />
          <kbd>/</kbd>
        </label>
      </header>
      <ul class="found" id={id} role="listbox" aria-label="Operations found" ref={list}>
        {found?.map((operation, index) => (
          <Line key={operation.name} operation={operation} id={`${id}-${index}`} active={index === active} chosen={operation.name === chosen} />
        ))}
      </ul>
      {found?.length === 0 && <p class="empty">No operation has any of these words.</p>}
    </nav>
  );
}

/** Rows that stay as they are are not drawn again: there are hundreds. */
const Line = memo(function Line({ operation, id, active, chosen }: { operation: Operation; id: string; active: boolean; chosen: boolean }) {
  const { name, method, path, summary } = operation;
  return (
    <li id={id} role="option" aria-selected={chosen} class={active ? "active" : ""} onClick={() => go(address("operations", name))}>
      <Method method={method} />
      <span class="name">{name}</span>
      <span class="path">{path}</span>
      <span class="does">{summary}</span>
    </li>
  );
});

export function Method({ method }: { method: string }) {
  return <span class={`method ${method.toLowerCase()}`}>{method}</span>;
}
