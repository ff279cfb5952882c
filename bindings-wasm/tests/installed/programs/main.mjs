import { found } from "./found.mjs";

found(JSON.parse(process.env.ACCESS)).then((it) => console.log(JSON.stringify(it)));
