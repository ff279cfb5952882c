import { useState } from "preact/hooks";
import { Icon } from "./icons";

export function Copy({ text, what = "Copy" }: { text: string; what?: string }) {
  const [said, setSaid] = useState("");
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid("Copied"),
      () => setSaid("The browser does not allow it"),
    );
  return (
    <button class="plain small" onClick={() => void copy()} onBlur={() => setSaid("")}>
      <Icon name="copy" />
      <span aria-live="polite">{said || what}</span>
    </button>
  );
}
