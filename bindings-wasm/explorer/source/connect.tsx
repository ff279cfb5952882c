// How to reach JumpCloud: asked once, kept in memory, gone with the page.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Connection } from "./api";
import { Icon } from "./icons";

const REGIONS = [
  ["us", "United States"],
  ["eu", "Europe"],
  ["in", "India"],
] as const;

export const NO_CONNECTION: Connection = { address: "", region: "us", organization: "", apiKey: "", client: { id: "", secret: "" } };

/** The credentials of a fake JumpCloud, where this page comes from one. */
export async function fakeConnection(): Promise<Connection | undefined> {
  const response = await fetch("/__fake/access");
  if (!response.ok) return undefined;
  const access = await response.json();
  return {
    ...NO_CONNECTION,
    address: location.origin,
    apiKey: access.api_key,
    client: { id: access.client_id, secret: access.client_secret },
    organization: access.organizations.length > 1 ? access.organizations[0] : "",
  };
}

export function Connect({ known, onDone, onClose }: { known: Connection; onDone(connection: Connection): void; onClose?: (() => void) | undefined }) {
  const [connection, setConnection] = useState(known);
  const [way, setWay] = useState<"key" | "client">(known.apiKey || !known.client.id ? "key" : "client");
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const set = (part: Partial<Connection>) => setConnection({ ...connection, ...part });
  const { address, region, organization, apiKey, client } = connection;
  const complete = way === "key" ? apiKey !== "" : client.id !== "" && client.secret !== "";
  return (
    <dialog
      class="connect"
      ref={dialog}
      aria-labelledby="connect-title"
      onCancel={(event) => !onClose && event.preventDefault()}
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onDone(way === "key" ? connection : { ...connection, apiKey: "" });
        }}
      >
        <header class="row">
          <h2 id="connect-title">Connection</h2>
          {onClose && (
            <button type="button" class="plain square" aria-label="Close" onClick={onClose}>
              <Icon name="close" />
            </button>
          )}
        </header>
        <div class="field">
          <label class="label" for="address">
            Address
          </label>
          <input id="address" type="url" placeholder={`for example ${location.origin}`} value={address} onInput={(event) => set({ address: event.currentTarget.value })} />
          <p class="help">Your proxy, or a fake. JumpCloud itself does not let web pages call it; leave it empty to try.</p>
        </div>
        <div class="tabs" role="group" aria-label="Credential">
          <button type="button" aria-pressed={way === "key"} onClick={() => setWay("key")}>
            API key
          </button>
          <button type="button" aria-pressed={way === "client"} onClick={() => setWay("client")}>
            Service account
          </button>
        </div>
        {way === "key" ? (
          <div class="field">
            <label class="label" for="key">
              API key
            </label>
            <input id="key" type="password" autocomplete="off" required value={apiKey} onInput={(event) => set({ apiKey: event.currentTarget.value })} />
          </div>
        ) : (
          <>
            <div class="field">
              <label class="label" for="client-id">
                Client id
              </label>
              <input id="client-id" autocomplete="off" spellcheck={false} required value={client.id} onInput={(event) => set({ client: { ...client, id: event.currentTarget.value } })} />
            </div>
            <div class="field">
              <label class="label" for="client-secret">
                Client secret
              </label>
              <input id="client-secret" type="password" autocomplete="off" required value={client.secret} onInput={(event) => set({ client: { ...client, secret: event.currentTarget.value } })} />
            </div>
          </>
        )}
        <div class="pair">
          <div class="field">
            <label class="label" for="region">
              Region
            </label>
            <select id="region" value={region} disabled={address !== ""} onChange={(event) => set({ region: event.currentTarget.value as Connection["region"] })}>
              {REGIONS.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label class="label" for="organization">
              Organization id
            </label>
            <input id="organization" autocomplete="off" spellcheck={false} placeholder="if there are several" value={organization} onInput={(event) => set({ organization: event.currentTarget.value.trim() })} />
          </div>
        </div>
        <p class="quiet">Kept in this page's memory only, and gone when it is closed.</p>
        <div class="row actions">
          <button type="submit" class="primary" disabled={!complete}>
            Connect
          </button>
        </div>
      </form>
    </dialog>
  );
}
