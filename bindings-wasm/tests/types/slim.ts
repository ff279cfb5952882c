// Whoever brings the wasm has the same types.
import { JumpCloud, initialize } from "jumpcloud-client/slim";

initialize({ client: () => fetchModule("client"), composer: () => new ArrayBuffer(8), complete: new ArrayBuffer(8) });
declare function fetchModule(name: string): Promise<ArrayBuffer>;
const list = new JumpCloud({ apiKey: "key" }).v1.systemUsers.list();
export default list;
