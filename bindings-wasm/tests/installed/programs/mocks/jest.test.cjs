const checks = require("./checks.cjs");

test("mocks, and a list", async () => {
  await checks(require("jumpcloud-client"), (object, name, replacement) => {
    const spy = jest.spyOn(object, name).mockImplementation(replacement);
    return { calls: () => spy.mock.calls, restore: () => spy.mockRestore() };
  });
  expect(await require("./listed.cjs")(require("jumpcloud-client"))).toBe(150);
});
