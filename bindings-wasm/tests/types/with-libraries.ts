// What a runtime's own libraries describe is what the package takes: compiled with the DOM's, Node's and workerd's.
import { JumpCloud, SystemContext, attachment } from "jumpcloud-client";

declare const key: CryptoKey;
const jc = new JumpCloud({ systemContext: new SystemContext({ systemId: "id", privateKey: key }), fetch });
new JumpCloud({ apiKey: "key", fetch: (url, init) => fetch(url, { ...init, headers: [...init.headers, ["x-trace", "1"]] }) });
new JumpCloud({ apiKey: "key", fetch: async () => new Response("{}", { status: 200 }) });
await jc.v1.systemUsers.get({ id: "x" }, { signal: new AbortController().signal });
await jc.v1.systemUsers.get({ id: "x" }, { signal: AbortSignal.timeout(1000) });
const upload = (image: Blob | ReadableStream | ArrayBuffer | Uint8Array) =>
  jc.v2.applications.logo.upload({ applicationId: "a", body: { image } });
await upload(new Blob(["x"]));
const stream = new Blob(["x"]).stream();
await jc.v2.applications.logo.upload({ applicationId: "a", body: { image: attachment(stream, { length: 1 }) } });
