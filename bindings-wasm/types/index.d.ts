export * from "./package.cjs";
