import { JumpCloudError } from "jumpcloud-client";
import { Icon } from "./icons";
import { Tree } from "./json-tree";

/** An error's message, without the operation's name, which is on the screen. */
export function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const operation = error instanceof JumpCloudError && error.operation ? `${error.operation}: ` : "";
  return error.message.startsWith(operation) ? error.message.slice(operation.length) : error.message;
}

/** What went wrong, in the package's words, with what JumpCloud said. */
export function Failure({ error }: { error: unknown }) {
  const known = error instanceof JumpCloudError ? error : undefined;
  const facts = known && {
    ...(known.status && { status: known.status }),
    ...(known.code && { code: known.code }),
    ...(known.requestId && { "request id": known.requestId }),
    ...(known.retryAfter !== undefined && { "wait (s)": known.retryAfter }),
  };
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{known ? known.kind.replaceAll("_", " ") : "error"}</strong>
        <p>{words(error)}</p>
        {facts && Object.keys(facts).length > 0 && (
          <dl class="facts">
            {Object.entries(facts).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
        {known?.details !== undefined && <Tree name="details" value={known.details} />}
      </div>
    </div>
  );
}
