// What every part of the page may need: the package, connected, and what was sent with it.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api, Connection, Sent } from "./api";

export interface Session {
  api: Api;
  connection: Connection;
  /** The requests since the page was opened, the newest first. */
  sent: Sent[];
  /** Asks how to reach JumpCloud. */
  connect(): void;
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("there is no session around this part of the page");
  return session;
}
