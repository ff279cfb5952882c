const jumpcloud = require("jumpcloud-client");

import("./program.mjs")
  .then(({ program }) => program(jumpcloud, JSON.parse(process.env.ACCESS)))
  .then((result) => console.log(JSON.stringify(result)));
