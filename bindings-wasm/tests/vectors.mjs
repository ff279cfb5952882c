// Replays the shared vectors (tests/vectors, described in its README) through the package's public surface, in Node and
// in browsers alike: the script is the `fetch`, the clock, the sleep and the signer.

const START = 1767225600000;

/** JSON text with its keys in order, to compare by. */
function canonical(value) {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
const same = (one, other) => canonical(one) === canonical(other);
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** What a script wants went otherwise. */
class Deviation extends Error {}

class Script {
  now = START;
  #entries = [];
  #unanswered = 0;
  #deviation;
  #client;

  constructor(client) {
    this.#client = client;
  }

  begin(entries = []) {
    this.#entries = [...entries];
  }

  /** Throws the first thing that went otherwise than the script says. */
  end(ended) {
    if (this.#deviation) throw this.#deviation;
    if (this.#entries.length) {
      throw new Deviation(`the conversation ended (${ended}), but the script goes on with ${JSON.stringify(this.#entries[0])}`);
    }
  }

  #next(key, wants) {
    const entry = this.#entries.shift();
    if (entry?.[key] === undefined) this.#deviate(`the script has ${JSON.stringify(entry)}, but the client wants ${wants}`);
    return entry;
  }

  #deviate(message) {
    this.#deviation ??= new Deviation(message);
    throw this.#deviation;
  }

  clock = () => this.now;

  sleep = async (milliseconds) => {
    // An answer that is on its way comes before the wait is over.
    if (this.#unanswered) return new Promise(() => {});
    const entry = this.#next("wait", `to wait ${milliseconds} ms`);
    if (entry.wait !== milliseconds) this.#deviate(`expected ${JSON.stringify(entry)}, but it waits ${milliseconds} ms`);
    this.now += milliseconds;
  };

  sign = async (bytes) => {
    const text = new TextDecoder().decode(bytes);
    const entry = this.#next("sign", `${text} signed`);
    if (entry.sign !== text) this.#deviate(`expected ${JSON.stringify(entry)}, but it signs ${text}`);
    if (entry.failure !== undefined) throw new Error(entry.failure);
    return bytesOf(entry.signature);
  };

  credentials = async () => {
    const { identify } = this.#next("identify", "to know who calls");
    this.#unanswered++;
    await new Promise((resolve) => setTimeout(resolve));
    this.#unanswered--;
    if (identify === false) throw new Error("no vault");
    return identify;
  };

  fetch = async (url, init) => {
    const entry = this.#next("request", `${init.method} ${url}`);
    const body = init.body === undefined ? undefined : await text(init.body);
    const headers = {};
    for (const [name, value] of init.headers) {
      headers[name] = name in headers ? [headers[name], value].flat() : value;
    }
    const expected = {
      method: "GET",
      headers: this.#defaultHeaders(entry.request),
      ...entry.request,
    };
    // No browser lets a program say it, and no vector says it but where it is what the vector is about.
    const { userAgent } = this.#client;
    const agent = /^jumpcloud-client\/\d+\.\d+\.\d+ \(JavaScript\)(?: (.*))?$/.exec(headers["user-agent"] ?? "");
    if (agent && agent[1] === userAgent) delete headers["user-agent"];
    const sent = { method: init.method, url, headers, ...(body !== undefined && { body }) };
    if (!same(sent, expected)) this.#deviate(`expected the request\n  ${canonical(expected)}\nbut it is\n  ${canonical(sent)}`);
    this.#unanswered++;
    // Answers come in the order of their requests, and not before the client has sent all that it can.
    await new Promise((resolve) => setTimeout(resolve));
    this.#unanswered--;
    if (entry.failure?.notSent !== undefined) throw Object.assign(new Error(entry.failure.notSent), { sent: false });
    if (entry.failure?.noAnswer !== undefined) throw new Error(entry.failure.noAnswer);
    return response(entry.response);
  };

  #defaultHeaders({ body }) {
    const { apiKey = "test-key", serviceAccount, systemContext, credentials } = this.#client;
    return {
      accept: "application/json",
      ...(!serviceAccount && !systemContext && !credentials && { "x-api-key": apiKey }),
      ...(body !== undefined && { "content-type": "application/json" }),
    };
  }
}

/** A body as text, with `{attachment}` where the content stands. */
async function text(body) {
  const whole = typeof body === "string" ? body : await new Response(body).text();
  return whole.replace(/\x01+/, "{attachment}");
}

function response({ status = 200, headers = {}, json, body, bodyBase64 }) {
  const described = { headers: new Headers() };
  for (const [name, value] of Object.entries(headers)) described.headers.append(name, String(value));
  let bytes = new TextEncoder().encode(body ?? "");
  if (bodyBase64 !== undefined) bytes = bytesOf(bodyBase64);
  if (json !== undefined) {
    bytes = new TextEncoder().encode(JSON.stringify(json));
    if (!described.headers.has("content-type")) described.headers.set("content-type", "application/json; charset=utf-8");
  }
  // Not a `Response`: that refuses bodies with some statuses, which servers send all the same.
  return { status, headers: described.headers, arrayBuffer: async () => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) };
}

/** Parameters with content where the vector has an attachment. */
function withContent(value, attachment) {
  if (!value || typeof value !== "object") return value;
  const facts = value.attachment;
  if (facts && Object.keys(value).length === 1 && facts.length < 1e6) {
    return attachment(new Uint8Array(facts.length).fill(1), { fileName: facts.fileName, mediaType: facts.mediaType });
  }
  return value;
}

function parametersOf({ parameters }, attachment) {
  if (!parameters?.body || typeof parameters.body !== "object" || Array.isArray(parameters.body)) return parameters;
  const whole = withContent(parameters.body, attachment);
  const fields = () => Object.fromEntries(Object.entries(parameters.body).map(([key, value]) => [key, withContent(value, attachment)]));
  return { ...parameters, body: whole === parameters.body ? fields() : whole };
}

function optionsOf({ list: _, organizations, attempts, longestWait, ...rest } = {}) {
  return {
    concurrency: 1,
    seed: 0,
    ...rest,
    ...(organizations && { orgId: organizations }),
    retry: { ...(attempts !== undefined && { attempts }), ...(longestWait !== undefined && { longestWait }) },
  };
}

function describeError(error) {
  return {
    kind: error.kind,
    // In JavaScript the message names the operation, because that is what is printed.
    message: error.operation ? error.message.replace(`${error.operation}: `, "") : error.message,
    operation: error.operation,
    parameter: error.parameter,
    status: error.status,
    code: error.code,
    details: error.details,
    requestId: error.requestId,
    retryAfter: error.retryAfter && error.retryAfter * 1000,
    tries: error.tries,
    isRetryable: error.isRetryable,
    body: error.body,
  };
}

async function converse(call, jc, script, { JumpCloudError, attachment }) {
  const parameters = parametersOf(call, attachment);
  const options = optionsOf(call.options);
  const came = {};
  try {
    if (call.playbook) {
      came.result = await jc.playbook(call.playbook, parameters, options);
    } else if (call.options?.list) {
      const list = jc.list(call.operation, parameters, options);
      came.items = [];
      came.pages = 0;
      for await (const page of list.pages()) {
        came.items.push(...page.items);
        came.pages++;
      }
      came.total = list.total;
      came.position = list.position;
    } else {
      const { status, mediaType, body } = await jc.send(call.operation, parameters, options);
      Object.assign(came, { status, mediaType });
      if (body === undefined) came.empty = true;
      else if (body?.data instanceof Uint8Array) Object.assign(came, { base64: base64(body.data), text: new TextDecoder().decode(body.data) });
      else if (typeof body === "string" && mediaType?.startsWith("text/")) Object.assign(came, { text: body, base64: base64(new TextEncoder().encode(body)) });
      else came.json = body;
    }
  } catch (error) {
    if (!(error instanceof JumpCloudError)) throw error;
    came.error = describeError(error);
  }
  return came;
}

function compare(expected, came) {
  if (came.error && !expected.error) throw new Deviation(`it failed: ${canonical(came.error)}`);
  if (came.status !== undefined) expected = { status: 200, ...expected };
  for (const [key, value] of Object.entries(expected)) {
    const right =
      key === "error"
        ? Object.entries(value).every(([fact, value]) =>
            fact === "says" ? value.every((text) => came.error?.message?.includes(text)) : same(came.error?.[fact] ?? null, value),
          )
        : same(came[key] ?? null, value);
    if (!right) throw new Deviation(`expected ${key}\n  ${canonical(value)}\nbut it is\n  ${canonical(came[key])} (of ${canonical(came)})`);
  }
  if (!["error", "items", "json", "text", "base64", "empty", "result"].some((kind) => kind in expected && kind in came)) {
    throw new Deviation(`the outcome ${canonical(expected)} says nothing of how it ended: ${canonical(came)}`);
  }
}

/** Those of the vectors that are for JavaScript, where headers of one name are joined. */
export const ours = (vectors) => vectors.filter((vector) => vector.joinsHeaders !== false);

/** Replays one vector against a package; throws where it goes another way. */
export async function replay(vector, packaged) {
  const { JumpCloud, SystemContext } = packaged;
  const { systemContext, organization, ...client } = vector.client ?? {};
  const script = new Script(vector.client ?? {});
  script.now = vector.now ?? START;
  const jc = new JumpCloud({
    ...(systemContext ? { systemContext: new SystemContext({ ...systemContext, sign: script.sign }) } : client.serviceAccount || client.credentials ? {} : { apiKey: "test-key" }),
    ...client,
    ...(client.credentials && { credentials: script.credentials }),
    ...(organization && { orgId: organization }),
    fetch: script.fetch,
    clock: script.clock,
    sleep: script.sleep,
  });
  for (const call of vector.calls ?? [vector]) {
    script.begin(call.exchange);
    let came;
    try {
      came = await converse(call, jc, script, packaged);
    } finally {
      script.end(canonical(came));
    }
    compare(call.outcome, came);
  }
}
