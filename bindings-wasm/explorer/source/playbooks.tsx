// Playbooks: several calls to one end; what changes something is tried dry first.

import { useEffect, useMemo, useState } from "preact/hooks";
import { JumpCloudError } from "jumpcloud-client";
import type { PlaybookDescription } from "./api";
import { Confirm } from "./confirm";
import { Copy } from "./copy";
import { Failure, words } from "./failure";
import { Form, read, type Values } from "./form";
import { Icon } from "./icons";
import { Tree } from "./json-tree";
import { Code } from "./operation";
import { address } from "./route";
import { useSession } from "./session";

const DRY_RUN = "dryRun";

export function Playbooks({ name }: { name: string }) {
  const { api } = useSession();
  const [all, setAll] = useState<PlaybookDescription[]>();
  const [error, setError] = useState<unknown>();
  useEffect(() => void api.playbooks().then(setAll, setError), []);
  const chosen = all?.find((playbook) => playbook.name === name);
  return (
    <div class={name ? "catalogue with-item" : "catalogue"}>
      <nav class="finder" aria-label="Playbooks">
        <header class="head">
          <h1>Playbooks</h1>
          <p class="quiet">What people script most, each several calls with one result.</p>
        </header>
        {error !== undefined && <Failure error={error} />}
        <ul class="found">
          {all?.map((playbook) => (
            <li key={playbook.name} class={playbook === chosen ? "active" : ""}>
              <a href={address("playbooks", playbook.name)} aria-current={playbook === chosen ? "page" : undefined}>
                <span class="name">{playbook.name}</span>
                <span class="path">{playbook.description}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {chosen ? (
        <Run key={name} playbook={chosen} />
      ) : (
        <div class="blank">
          <Icon name="playbooks" />
          <p>{all && name ? `There is no playbook ${name}.` : "Choose a playbook. Those that change something can run dry first."}</p>
        </div>
      )}
    </div>
  );
}

function Run({ playbook }: { playbook: PlaybookDescription }) {
  const { api } = useSession();
  const { name, description, parameters: schema, safe, destructive, operations } = playbook;
  const [values, setValues] = useState<Values>({});
  const [dry, setDry] = useState(!safe);
  const [wrong, setWrong] = useState<unknown>();
  const [outcome, setOutcome] = useState<{ result: unknown; dry: boolean }>();
  const [running, setRunning] = useState<AbortController>();
  const [confirming, setConfirming] = useState(false);
  const form = useMemo(() => {
    const { [DRY_RUN]: _, ...properties } = schema.properties ?? {};
    return { ...schema, properties };
  }, [schema]);
  const { parameters: given, faults: unread } = useMemo(() => read(form, values), [form, values]);
  const parameters = safe ? given : { ...given, [DRY_RUN]: dry };
  const blamed = wrong instanceof JumpCloudError && wrong.parameter;
  const faults = blamed ? { [blamed]: words(wrong), ...unread } : unread;
  useEffect(() => () => running?.abort(), [running]);
  const run = () => {
    if (destructive && !dry && !confirming) return setConfirming(true);
    setConfirming(false);
    setWrong(undefined);
    setOutcome(undefined);
    const leaving = new AbortController();
    setRunning(leaving);
    api
      .playbook(name, parameters, leaving.signal)
      .then((result) => setOutcome({ result, dry: !safe && dry }), setWrong)
      .finally(() => setRunning(undefined));
  };
  return (
    <article class="operation" aria-label={name}>
      <form
        class="call"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <header class="title">
          <a class="plain square button only-narrow" href="#/playbooks" aria-label="All playbooks">
            <Icon name="back" />
          </a>
          <div>
            <h2 tabIndex={-1}>{name}</h2>
            <p class="where">{description}</p>
            {destructive && (
              <ul class="facts">
                <li class="danger">cannot be undone</li>
              </ul>
            )}
          </div>
        </header>
        <section class="card" aria-label="Parameters">
          <h3>Parameters</h3>
          <Form
            schema={form}
            values={values}
            faults={faults}
            onChange={(values) => {
              setWrong(undefined);
              setValues(values);
            }}
          />
        </section>
        <section class="card request" aria-label="Run">
          <h3>Run</h3>
          {!safe && (
            <label class="switch">
              <input type="checkbox" role="switch" checked={dry} onChange={(event) => setDry(event.currentTarget.checked)} />
              <span>
                Dry run
                <span class="quiet">looks up what is meant, and only shows what it would send</span>
              </span>
            </label>
          )}
          <div class="row actions">
            {running ? (
              <button type="button" onClick={() => running.abort()}>
                Stop
              </button>
            ) : (
              <button type="submit" class={!dry && destructive ? "danger" : "primary"}>
                {!safe && dry ? "Run dry" : "Run"}
              </button>
            )}
          </div>
          <Code name={name} parameters={parameters} gives="result" />
          <details class="known">
            <summary>{operations.length} operations it may call</summary>
            <ul class="chips">
              {operations.map((operation) => (
                <li key={operation}>
                  <a class="chip" href={address("operations", operation)}>
                    {operation}
                  </a>
                </li>
              ))}
            </ul>
          </details>
        </section>
        {(running ?? outcome ?? (wrong && !blamed)) && (
          <section class="card answer" aria-label="Result">
            <header class="row">
              <h3>{outcome?.dry ? "It would do this" : "Result"}</h3>
              {outcome && <Copy text={JSON.stringify(outcome.result, null, 2)} what="Copy JSON" />}
            </header>
            {running && <div class="bar" role="status" aria-label="running" />}
            {wrong !== undefined && !running && <Failure error={wrong} />}
            {outcome && (
              <div class="json" role="status">
                <Tree value={outcome.result} open={outcome.dry ? 4 : 2} />
              </div>
            )}
          </section>
        )}
        {confirming && <Confirm what={name} request={`${name} ${JSON.stringify(given)}`} onYes={run} onNo={() => setConfirming(false)} />}
      </form>
    </article>
  );
}
