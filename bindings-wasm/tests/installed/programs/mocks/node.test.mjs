import assert from "node:assert/strict";
import { mock, test } from "node:test";
import * as jumpcloud from "jumpcloud-client";
import checks from "./checks.cjs";
import listed from "./listed.cjs";

test("mocks, and a list", async () => {
  await checks(jumpcloud, (object, name, replacement) => {
    const { mock: spy } = mock.method(object, name, replacement);
    return { calls: () => spy.calls.map((call) => call.arguments), restore: () => spy.restore() };
  });
  assert.equal(await listed(jumpcloud), 150);
});
