import { jest } from "@jest/globals";
import * as jumpcloud from "jumpcloud-client";
import checks from "./checks.cjs";
import listed from "./listed.cjs";

test("mocks, and a list", async () => {
  await checks(jumpcloud, (object, name, replacement) => {
    const spy = jest.spyOn(object, name).mockImplementation(replacement);
    return { calls: () => spy.mock.calls, restore: () => spy.mockRestore() };
  });
  expect(await listed(jumpcloud)).toBe(150);
});
