/** What the package exports. */

export * from "./client.cjs";
export * from "./errors.cjs";
export * from "./calls.cjs";
export * as filter from "./filter.cjs";
export type { OperationName, OperationArguments, OperationResult, Operations } from "./operations.cjs";
export type { PlaybookName } from "./playbooks.cjs";
