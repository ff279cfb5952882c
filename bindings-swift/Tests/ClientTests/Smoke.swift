import Testing
import JumpCloudClient
@Test func smoke() { #expect(JumpCloud(apiKey: "k").operations().count == 849) }
