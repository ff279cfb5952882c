// What was sent since the page was opened.

import { draft } from "./operation";
import { Icon } from "./icons";
import { Method } from "./operations";
import { address } from "./route";
import { useSession } from "./session";
import type { Parameters } from "./api";
import type { Values } from "./form";

export function History() {
  const { sent } = useSession();
  return (
    <section class="list history" aria-label="History">
      <header class="head">
        <div class="row">
          <h1>History</h1>
          <p class="count">{sent.length}</p>
        </div>
        <p class="quiet">Every request of this visit, without headers and bodies. It ends with this page.</p>
      </header>
      {sent.length === 0 ? (
        <div class="blank">
          <Icon name="history" />
          <p>Nothing was sent yet.</p>
        </div>
      ) : (
        <div class="scroll">
          <table class="items">
            <thead>
              <tr>
                <th scope="col" class="some">
                  Time
                </th>
                <th scope="col">Request</th>
                <th scope="col">Status</th>
                <th scope="col" class="number">
                  ms
                </th>
              </tr>
            </thead>
            <tbody>
              {sent.map(({ number, at, method, url, status, milliseconds, failure, call }) => (
                <tr key={number}>
                  <td class="some">
                    <time dateTime={at.toISOString()}>{at.toLocaleTimeString("en", { hour12: false })}</time>
                  </td>
                  <td class="target">
                    <Method method={method} />{" "}
                    {call ? (
                      <a href={address("operations", call.name)} onClick={() => draft(call.name, typed(call.parameters))}>
                        {target(url)}
                      </a>
                    ) : (
                      <span>{target(url)}</span>
                    )}
                  </td>
                  <td>{status ? <span class={`status s${Math.floor(status / 100)}`}>{status}</span> : <span class="quiet" title={failure}>{failure === undefined ? "…" : "none"}</span>}</td>
                  <td class="number">{milliseconds?.toFixed(0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function target(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Parameters as a person would have typed them. */
function typed(parameters: Parameters): Values {
  const value = (given: unknown) =>
    given instanceof File
      ? given
      : Array.isArray(given) && given.every((one) => typeof one === "string")
        ? given.join("\n")
        : typeof given === "object"
          ? JSON.stringify(given, null, 2)
          : String(given);
  return Object.fromEntries(Object.entries(parameters).map(([name, given]) => [name, value(given)]));
}
