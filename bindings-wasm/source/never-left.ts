// Which requests never left, as runtimes other than browsers tell it.

import type { Trouble } from "./transport.js";

/** The codes of what fails before anything is sent: of Node (its system's, undici's, and OpenSSL's for a certificate) and of
 * Bun. */
const CODES = new Set(
  "ECONNREFUSED ENOTFOUND EAI_AGAIN UND_ERR_CONNECT_TIMEOUT ConnectionRefused FailedToOpenSocket CERT_HAS_EXPIRED CERT_NOT_YET_VALID DEPTH_ZERO_SELF_SIGNED_CERT ERR_SSL_WRONG_VERSION_NUMBER ERR_TLS_CERT_ALTNAME_INVALID SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE".split(" "),
);

/** Whether a request to this URL never left. */
export const neverLeft = ({ code, syscall, message }: Trouble, url: string): boolean =>
  syscall === "connect" ||
  CODES.has(code!) ||
  // Deno has no codes; the URL, which is the caller's in part, stands before what it says.
  message?.startsWith(`error sending request for url (${url}): client error (Connect)`);
