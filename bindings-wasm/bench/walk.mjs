// Walks all users with the package, or with the loop that one writes by hand: `walk.mjs package|loop URL KEY`.
const [how, url, apiKey] = process.argv.slice(2);
let users = 0;
const begun = performance.now();
if (how === "package") {
  const { JumpCloud } = await import("jumpcloud-client");
  for await (const user of new JumpCloud({ apiKey, baseUrl: url }).v1.systemUsers.list()) users += user.username ? 1 : 0;
} else {
  for (let total = 1; users < total; ) {
    const page = await (await fetch(`${url}/api/systemusers?limit=100&skip=${users}&sort=_id`, { headers: { "x-api-key": apiKey } })).json();
    total = page.totalCount;
    for (const user of page.results) users += user.username ? 1 : 0;
  }
}
const seconds = (performance.now() - begun) / 1000;
console.log(JSON.stringify({ users, seconds, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
