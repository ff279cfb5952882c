// What the program must find, asked for without the package.
export async function expected({ url, apiKey }) {
  const ask = async (query) => {
    const reply = await fetch(`${url}/api/systemusers?${query}`, { headers: { "x-api-key": apiKey } });
    return (await reply.json()).results;
  };
  const users = [];
  while (users.length % 100 === 0) users.push(...(await ask(`sort=email&limit=100&skip=${users.length}`)));
  const [{ department, email }] = users;
  return {
    total: users.length,
    emails: users.map((user) => user.email),
    department,
    same: users.filter((user) => user.department === department).length,
    one: email,
    mistake: ["NotFoundError", 404],
    refused: ["InvalidRequestError", "v1.systemUsers.update: body.department: expected a string, got a number"],
    path: "/api/systemusers/{id}",
    found: true,
  };
}
