// The program runs in a web worker; the page only shows what comes of it.
const worker = new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => (document.body.textContent = data);
worker.onerror = ({ message }) => (document.body.textContent = message);
worker.postMessage(new URLSearchParams(location.search).get("access"));
