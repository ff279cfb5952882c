import { useEffect, useRef } from "preact/hooks";

/** Asks before something is sent that cannot be brought back. */
export function Confirm({ what, request, onYes, onNo }: { what: string; request: string; onYes(): void; onNo(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="confirm" ref={dialog} onClose={onNo} aria-labelledby="confirm-title">
      <h2 id="confirm-title">Send this?</h2>
      <p>What it does cannot be undone.</p>
      <pre>
        <code>{request.split("\n")[0] || what}</code>
      </pre>
      <div class="row actions">
        <button type="button" autofocus onClick={onNo}>
          Cancel
        </button>
        <button type="button" class="danger" onClick={onYes}>
          Send it
        </button>
      </div>
    </dialog>
  );
}
