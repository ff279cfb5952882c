// One operation: its form, the exact request that makes, the answer to it.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { JumpCloudError } from "jumpcloud-client";
import type { Answer, Description, Parameters } from "./api";
import { Confirm } from "./confirm";
import { Copy } from "./copy";
import { Failure, words } from "./failure";
import { Form, read, type Values } from "./form";
import { Icon } from "./icons";
import { Method } from "./operations";
import { usePages } from "./pages";
import { ItemTable, ReplyView } from "./reply";
import { useRoute } from "./route";
import { useSession } from "./session";
import { type Gives, gives, LANGUAGES, type Language, snippet } from "./snippets";

/** What was typed into forms, for when a person comes back. */
const drafts = new Map<string, Values>();

export function draft(name: string, values: Values): void {
  drafts.set(name, values);
}

export function OperationView({ name }: { name: string }) {
  const { api } = useSession();
  const [description, setDescription] = useState<Description>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    api.describe(name).then(setDescription, setError);
  }, [name]);
  return (
    <article class="operation" aria-label={name}>
      {error !== undefined && <Failure error={error} />}
      {description && <Call description={description} />}
    </article>
  );
}

function Call({ description }: { description: Description }) {
  const { api } = useSession();
  const { name, method, path, parameters: schema, paging, destructive } = description;
  const { query } = useRoute();
  const [values, setValues] = useState<Values>(() => ({ ...drafts.get(name), ...Object.fromEntries(query) }));
  const [asked, setAsked] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const [pending, setPending] = useState<AbortController>();
  const [outcome, setOutcome] = useState<{ answer: Answer } | { error: unknown }>();
  const [all, setAll] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const { parameters, faults: unread } = useMemo(() => read(schema, values), [values]);
  const [prepared, setPrepared] = useState<{ request: string } | { error: unknown }>();
  useEffect(() => {
    let current = true;
    api.prepare(name, parameters).then(
      (request) => current && setPrepared({ request }),
      (error: unknown) => current && setPrepared({ error }),
    );
    return () => {
      current = false;
    };
  }, [api, parameters]);
  const wrong = prepared && "error" in prepared ? prepared.error : undefined;
  const request = prepared && "request" in prepared ? prepared.request : undefined;
  const blamed = wrong instanceof JumpCloudError ? (wrong.parameter ?? "").split(/[.[]/)[0] : undefined;
  // What is only not filled in yet is no mistake, until a person wants to send it.
  const faults = blamed && (asked || parameters[blamed] !== undefined) ? { [blamed]: words(wrong), ...unread } : unread;
  const ready = request !== undefined && Object.keys(faults).length === 0;

  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEffect(() => () => pending?.abort(), [pending]);
  const change = (values: Values) => {
    drafts.set(name, values);
    setValues(values);
  };
  const send = () => {
    setAsked(true);
    setAll(false);
    if (!ready) return document.querySelector<HTMLElement>(".field.faulty :is(input, select, textarea)")?.focus();
    if (destructive && !confirming) return setConfirming(true);
    setConfirming(false);
    const leaving = new AbortController();
    setPending(leaving);
    setOutcome(undefined);
    api
      .send(name, parameters, leaving.signal)
      .then(
        (answer) => setOutcome({ answer }),
        (error: unknown) => setOutcome({ error }),
      )
      .finally(() => setPending(undefined));
  };
  return (
    <form
      class="call"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          send();
        }
      }}
    >
      <header class="title">
        <a class="plain square button only-narrow" href="#/operations" aria-label="All operations">
          <Icon name="back" />
        </a>
        <div>
          <h2 ref={heading} tabIndex={-1}>
            {name}
          </h2>
          <p class="where">
            <Method method={method} />
            <code>{path}</code>
          </p>
          <p class="does">{description.summary}</p>
          <Facts description={description} />
        </div>
      </header>
      <section class="card" aria-label="Parameters">
        <h3>Parameters</h3>
        <Form schema={schema} values={values} faults={faults} filterFields={description.filterFields} onChange={change} />
      </section>
      <section class="card request" aria-label="Request">
        <h3>Request</h3>
        {request !== undefined && <RequestText text={request} />}
        {wrong !== undefined && <p class="unready">{words(wrong)}</p>}
        <div class="row actions">
          {pending ? (
            <button type="button" onClick={() => pending.abort()}>
              Stop
            </button>
          ) : (
            <button type="submit" class={destructive ? "danger" : "primary"}>
              Send
            </button>
          )}
          {paging && (
            <button type="button" disabled={!ready || pending !== undefined} onClick={() => setAll(true)}>
              All pages
            </button>
          )}
          <span class="quiet keys">
            <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </span>
        </div>
        <Code name={name} parameters={parameters} gives={gives(description)} />
      </section>
      {(pending ?? outcome) !== undefined && !all && (
        <section class="card answer" aria-label="Reply">
          <h3>Reply</h3>
          {pending && <div class="bar" role="status" aria-label="waiting for the reply" />}
          {outcome && ("answer" in outcome ? <ReplyView answer={outcome.answer} list={paging} /> : <Failure error={outcome.error} />)}
        </section>
      )}
      {all && (
        <section class="card answer" aria-label="All pages">
          <AllPages key={JSON.stringify(parameters)} name={name} parameters={withoutLimit(parameters, paging?.size)} />
        </section>
      )}
      {confirming && <Confirm what={`${method} ${path}`} request={request ?? ""} onYes={send} onNo={() => setConfirming(false)} />}
    </form>
  );
}

function Facts({ description }: { description: Description }) {
  const { destructive, fullReplace, paging, scopes, credentials } = description;
  return (
    <ul class="facts">
      {destructive && <li class="danger">cannot be undone</li>}
      {fullReplace && <li class="danger">what is left out is reset</li>}
      {fullReplace === null && <li class="danger">what is left out may be reset</li>}
      {paging && <li>list{paging.strategy !== "single" && ", in pages"}</li>}
      {scopes.length > 0 && <li title="OAuth scopes, of which one is enough">{scopes.join(" | ")}</li>}
      {credentials.includes("system-context") && <li>System Context may call it</li>}
    </ul>
  );
}

/** The request as the package would send it; secrets are hidden by the package. */
export function RequestText({ text }: { text: string }) {
  const [line = "", ...rest] = text.split("\n");
  const [, method, url] = /^(\S+) (.*)$/.exec(line) ?? [undefined, "", line];
  return (
    <pre class="request-text" data-testid="request">
      <code>
        <b>{method}</b> {url}
        {"\n"}
        <span class="quiet">{rest.join("\n")}</span>
      </code>
    </pre>
  );
}

export function Code({ name, parameters, gives }: { name: string; parameters: Parameters; gives: Gives }) {
  const [language, setLanguage] = useState<Language>("JavaScript");
  const text = snippet(language, name, parameters, gives);
  return (
    <details class="snippet">
      <summary>Code</summary>
      <div class="row">
        <div class="tabs" role="group" aria-label="Language">
          {LANGUAGES.map((one) => (
            <button key={one} type="button" aria-pressed={one === language} onClick={() => setLanguage(one)}>
              {one}
            </button>
          ))}
        </div>
        <Copy text={text} />
      </div>
      <pre>
        <code>{text}</code>
      </pre>
    </details>
  );
}

/** Parameters without the size of a page: in the form it is that of one request, in a list it would be the end of it. */
function withoutLimit(parameters: Parameters, size: string | null | undefined): Parameters {
  const { [size ?? ""]: _, body, ...others } = parameters;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return { ...others, ...(body !== undefined && { body }) };
  const { [size ?? ""]: __, ...rest } = body as Parameters;
  return { ...others, body: rest };
}

function AllPages({ name, parameters }: { name: string; parameters: Parameters }) {
  const list = usePages(name, parameters);
  const [stopped, setStopped] = useState(false);
  useEffect(() => {
    if (list.state === "more" && !stopped) list.more();
  }, [list.state, list.items.length, stopped]);
  const { items, total, state } = list;
  return (
    <>
      <div class="row">
        <h3>All pages</h3>
        <p class="count" role="status">
          {items.length.toLocaleString("en")}
          {total !== undefined && ` of ${total.toLocaleString("en")}`}
        </p>
        {state === "loading" || state === "more" ? (
          <button type="button" class="small" onClick={() => setStopped(!stopped)}>
            {stopped ? "Go on" : "Stop"}
          </button>
        ) : (
          <Copy text={JSON.stringify(items, null, 2)} what="Copy JSON" />
        )}
      </div>
      {(state === "loading" || state === "more") && <progress max={total} value={total === undefined ? undefined : items.length} aria-label="Items that came" />}
      {state === "failed" && <Failure error={list.error} />}
      <ItemTable items={items} />
    </>
  );
}
