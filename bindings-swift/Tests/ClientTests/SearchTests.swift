import Foundation
import JumpCloudClient
import Testing

/// The questions that every language asks: what is right stands first or second.
@Test func everyQuestionFindsTheRightOperation() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../tests/searches.json").standardizedFileURL
    let questions = try JSONValue(parsing: Data(contentsOf: file)).array ?? []
    #expect(questions.count >= 20)
    let jc = JumpCloud(apiKey: "any")
    for asked in questions {
        let question = asked["question"]?.string ?? ""
        let right = (asked["right"]?.array ?? []).compactMap(\.string)
        let found = jc.operations(question).prefix(2)
        #expect(found.contains { right.contains($0.name) }, "\(question): \(found.map(\.name))")
        #expect(found.allSatisfy { $0.summary.hasSuffix(".") })
    }
}
