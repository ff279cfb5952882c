export * from "./proxy.cjs";
