// A JSON value to unfold. Only what is unfolded is in the page, so a reply of megabytes opens at once.

import { useState } from "preact/hooks";

/** How many entries are shown before a person asks for more. */
const SOME = 100;

export function Tree({ value, name, open = 1 }: { value: unknown; name?: string; open?: number }) {
  if (value === null || typeof value !== "object") {
    return (
      <div class="leaf">
        <Name name={name} />
        <Scalar value={value} />
      </div>
    );
  }
  return <Branch value={value} name={name} open={open} />;
}

function Branch({ value, name, open }: { value: object; name: string | undefined; open: number }) {
  const [unfolded, setUnfolded] = useState(open > 0);
  const [shown, setShown] = useState(SOME);
  const list = Array.isArray(value);
  const entries = Object.entries(value);
  if (entries.length === 0) {
    return (
      <div class="leaf">
        <Name name={name} />
        <span class="quiet">{list ? "[ ]" : "{ }"}</span>
      </div>
    );
  }
  return (
    <details class="branch" open={unfolded} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary>
        <Name name={name} />
        <span class="quiet">{list ? `[ ${entries.length} ]` : `{ ${entries.length} }`}</span>
      </summary>
      {unfolded && entries.slice(0, shown).map(([key, inner]) => <Tree key={key} name={key} value={inner} open={open - 1} />)}
      {unfolded && entries.length > shown && (
        <button class="plain small" onClick={() => setShown(shown + 10 * SOME)}>
          {entries.length - shown} more
        </button>
      )}
    </details>
  );
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span class="key">{name}</span>;
}

export function Scalar({ value }: { value: unknown }) {
  const kind = value === null ? "null" : typeof value;
  return <span class={`value ${kind}`}>{kind === "string" ? `"${String(value)}"` : String(value)}</span>;
}
