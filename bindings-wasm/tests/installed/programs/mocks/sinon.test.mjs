import assert from "node:assert/strict";
import { test } from "node:test";
import * as jumpcloud from "jumpcloud-client";
import sinon from "sinon";
import checks from "./checks.cjs";
import listed from "./listed.cjs";

test("mocks, and a list", async () => {
  await checks(jumpcloud, (object, name, replacement) => {
    const stub = sinon.stub(object, name).callsFake(replacement);
    return { calls: () => stub.args, restore: () => stub.restore() };
  });
  assert.equal(await listed(jumpcloud), 150);
});
