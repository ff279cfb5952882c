// A system that signs with its agent's key instead of an API key.

import { invalid, told } from "./errors.js";
import { complete } from "./load.js";
import type { Complete, Runtime } from "./wasm.js";

export interface SystemContextSettings {
  /** The system's id: `systemKey` of its agent's configuration. */
  systemId: string;
  /** The private key: PEM or DER, PKCS#1 or PKCS#8, or a key of WebCrypto's. */
  privateKey?: string | Uint8Array | CryptoKey;
  /** Signs instead of a private key: RSASSA-PKCS1-v1_5 with SHA-256. */
  sign?(bytes: Uint8Array): Promise<Uint8Array>;
  /** The region the system belongs to; a client takes it over that names none. */
  region?: string;
}

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

export class SystemContext {
  readonly systemId: string;
  readonly region: string | undefined;
  readonly #key: string | Uint8Array | CryptoKey | undefined;
  readonly #sign: SystemContextSettings["sign"];
  #imported: Promise<CryptoKey> | undefined;

  constructor({ systemId, privateKey, sign, region }: SystemContextSettings) {
    if (!privateKey === !sign) throw invalid("a system context needs privateKey or sign, one of them", "privateKey");
    this.systemId = systemId;
    this.region = region;
    this.#key = privateKey;
    this.#sign = sign;
  }

  /** Signs bytes; the first time the key is read. */
  async sign(bytes: Uint8Array, complete: () => Promise<Complete>): Promise<Uint8Array> {
    if (this.#sign) return this.#sign(bytes);
    const key = await (this.#imported ??= importKey(this.#key!, complete));
    return new Uint8Array(await crypto.subtle.sign(ALGORITHM, key, bytes as BufferSource));
  }
}

async function importKey(key: string | Uint8Array | CryptoKey, complete: () => Promise<Complete>): Promise<CryptoKey> {
  if (typeof key !== "string" && !ArrayBuffer.isView(key)) return key;
  const { Key } = await complete();
  const read = new Key(typeof key === "string" ? new TextEncoder().encode(key) : key);
  try {
    told(read.fault());
    return await crypto.subtle.importKey("pkcs8", read.pkcs8() as BufferSource, ALGORITHM, false, ["sign"]);
  } finally {
    read.free();
  }
}

/** Where the agent's files are, if not where agents keep them. */
export interface AgentPaths {
  configuration?: string;
  privateKey?: string;
}

/** The system context of the agent on this machine: its id, its key and its region. */
export async function fromAgent(runtime: Runtime, paths: AgentPaths = {}): Promise<SystemContextSettings> {
  const { agent, agent_paths } = await complete(runtime);
  if (!runtime.read) throw invalid("the agent's files cannot be read here: give systemId and privateKey");
  const [configuration, privateKey] = agent_paths(runtime.platform ?? "").split("\n") as [string, string];
  const [systemId, region] = told(agent(await runtime.read(paths.configuration ?? configuration))).split("\n") as [string, string];
  return { systemId, region, privateKey: await runtime.read(paths.privateKey ?? privateKey) };
}
