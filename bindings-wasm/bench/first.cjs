// Requires the package and builds a request.
const { JumpCloud } = require("jumpcloud-client");
new JumpCloud({ apiKey: "k" }).prepare("v1.systemUsers.get", { id: "5f1b" });
