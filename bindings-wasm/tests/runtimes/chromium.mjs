// Debian's Chromium, and a server for the pages it shows.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const PROGRAM = "/usr/bin/chromium";

/** Why there is no Chromium to test in; false where there is one. In CI there is. */
export const skip = !existsSync(PROGRAM) && process.env.CI !== "true" && `there is no ${PROGRAM}`;

export const launch = () =>
  chromium.launch({
    executablePath: PROGRAM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
    ],
  });

const MEDIA_TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Serves a folder; gives its address. It ends with the process. */
export async function serve(folder) {
  const server = createServer((request, reply) => {
    const path = join(folder, normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname)));
    if (!existsSync(path)) return void reply.writeHead(404).end();
    reply.writeHead(200, { "content-type": MEDIA_TYPES[extname(path)] ?? "application/octet-stream" });
    createReadStream(path).pipe(reply);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
}
