import JumpCloudClient
import Testing

@Test func everyMethodCallsItsOperation() async throws {
    let sent = Sent()
    let jc = sent.client
    for area in everyMethod { await area(jc, sent) }
    for deviation in sent.deviations { Issue.record("\(deviation)") }
    let playbooks = try #require(jc.playbookCatalogue().array).compactMap { $0["name"]?.string }
    #expect(Set(sent.names) == Set(jc.operations().map(\.name) + playbooks))
    #expect(!jc.operations().isEmpty)
}
