// What bodies are checked by: loaded when the module first says that it needs it.

import text from "../build/schemas.txt";

export const schemas: string = text;
