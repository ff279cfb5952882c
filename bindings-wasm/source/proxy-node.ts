// The proxy in Node, Bun and Deno.

import routes from "inline:routes.wasm";
import * as own from "./node.js";
import proxyOf from "./proxy.js";

export const { createProxy, listener } = proxyOf(own, routes);
