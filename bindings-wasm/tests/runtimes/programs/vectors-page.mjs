// Replays the shared vectors in a page.
import * as packaged from "./node_modules/jumpcloud-client/dist/browser.js";
import { ours, replay } from "./vectors.mjs";

const failures = [];
let replayed = 0;
for (const file of new URLSearchParams(location.search).get("files").split(",")) {
  for (const vector of ours(await (await fetch(`vectors/${file}`)).json())) {
    replayed++;
    await replay(vector, packaged).catch((error) => failures.push(`${file}: ${vector.name}: ${error.stack}`));
  }
}
document.body.textContent = JSON.stringify({ replayed, failures });
