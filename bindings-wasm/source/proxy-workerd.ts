// The proxy in Cloudflare's workerd.

import proxyOf from "./proxy.js";
import routes from "./routes.wasm";
import * as own from "./workerd.js";

export const { createProxy, listener } = proxyOf(own, () => routes);
