// The page: where one is, how JumpCloud is reached, light or dark.

import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Api, type Connection, type Sent } from "./api";
import { Browse } from "./browse";
import { Connect, NO_CONNECTION, fakeConnection } from "./connect";
import { History } from "./history";
import { Icon, type IconName, Mark } from "./icons";
import { Operations } from "./operations";
import { Playbooks } from "./playbooks";
import { address, go, readRoute, useRoute } from "./route";
import { SessionContext } from "./session";
import { TABLES } from "./tables";

const SCREENS: [screen: string, title: string, icon: IconName][] = [
  ["users", "Users", "users"],
  ["systems", "Systems", "systems"],
  ["groups", "Groups", "groups"],
  ["operations", "Operations", "operations"],
  ["playbooks", "Playbooks", "playbooks"],
  ["history", "History", "history"],
];

function Explorer({ found }: { found: Connection | undefined }) {
  const route = useRoute();
  const [connection, setConnection] = useState(found);
  const [connecting, setConnecting] = useState(!found);
  /** Whether the keyboard asked for the search, and no field has taken it yet: it may be drawn later. */
  const [seeking, seek] = useState(false);
  const [sent, setSent] = useState<Sent[]>([]);
  const api = useMemo(() => connection && new Api(connection, setSent), [connection]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.matches("input, textarea, select");
      const wanted = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing);
      if (!wanted || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (readRoute(location.hash).screen !== "operations") go(address("operations"));
      seek(true);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  const table = Object.hasOwn(TABLES, route.screen) ? TABLES[route.screen] : undefined;
  const title = SCREENS.find(([screen]) => screen === route.screen)?.[1];
  useEffect(() => {
    document.title = [route.item, title, "JumpCloud explorer"].filter(Boolean).join(" · ");
  }, [route.item, title]);
  const session = api && connection && { api, connection, sent, connect: () => setConnecting(true) };
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        Skip to the content
      </a>
      <header class="side">
        <a class="brand" href="#/users">
          <Mark />
          <span>
            JumpCloud <b>explorer</b>
          </span>
        </a>
        <nav aria-label="Screens">
          {SCREENS.map(([screen, title, icon]) => (
            <a key={screen} href={address(screen)} aria-current={screen === route.screen ? "page" : undefined}>
              <Icon name={icon} />
              <span>{title}</span>
            </a>
          ))}
        </nav>
        <div class="foot">
          <button class="plain connection" onClick={() => setConnecting(true)} aria-label="Connection">
            <Icon name="plug" />
            <span>
              {connection ? new URL(connection.address || "https://console.jumpcloud.com").host : "not connected"}
              {connection?.organization && <small>{connection.organization}</small>}
            </span>
          </button>
          <Theme />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {session ? (
          <SessionContext.Provider value={session}>
            {table ? (
              <Browse key={route.screen} table={table} route={route} />
            ) : route.screen === "operations" ? (
              <Operations name={route.item} sought={seeking} taken={() => seek(false)} />
            ) : route.screen === "playbooks" ? (
              <Playbooks name={route.item} />
            ) : route.screen === "history" ? (
              <History />
            ) : (
              <div class="blank">
                <p>There is no such screen.</p>
                <a href="#/users">Users</a>
              </div>
            )}
          </SessionContext.Provider>
        ) : (
          <div class="blank">
            <Icon name="plug" />
            <p>Not connected.</p>
          </div>
        )}
      </main>
      {connecting && (
        <Connect
          known={connection ?? NO_CONNECTION}
          onClose={connection && (() => setConnecting(false))}
          onDone={(connection) => {
            setConnection(connection);
            setConnecting(false);
          }}
        />
      )}
    </>
  );
}

const THEMES = ["auto", "light", "dark"] as const;

function Theme() {
  const [theme, setTheme] = useState(() => THEMES.find((theme) => theme === localStorage.getItem("theme")) ?? "auto");
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
    localStorage.setItem("theme", theme);
  }, [theme]);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  return (
    <button class="plain square theme" aria-label={`Colours: ${theme}. Change to ${next}`} title={`Colours: ${theme}`} onClick={() => setTheme(next)}>
      <Icon name={theme} />
    </button>
  );
}

const page = document.getElementById("page");
// A page from anywhere but a fake has no such path, or no such answer.
const found = await fakeConnection().catch(() => undefined);
if (page) render(<Explorer found={found} />, page);
