import Foundation
import JumpCloudClient
import Testing

private let text = """
    {"_id":"5f1b","account_locked":false,"email":"ada@example.com","invented":{"deep":[1,2.50,12345678901234567890]},\
    "manager":null,"mfa":{"configured":true,"level":3},"state":"HIBERNATING","unix_uid":"many","displayname":"Bj\u{f6}rn \\"B\\""}
    """

private func user(_ text: String) throws -> SystemUser { try #require(SystemUser(JSONValue(parsing: text))) }

@Test func aRecordIsWrittenBackAsItCame() throws {
    #expect(try user(text).json.text == text)
}

@Test func fieldsAreReadByTheirNames() throws {
    let user = try user(text)
    #expect(user._id == "5f1b" && user.id == "" && user.accountLocked == false && user.email == "ada@example.com")
    #expect(user.mfa?.configured == true && user.displayname == #"Björn "B""#)
    #expect(user.department == nil && user.json["department"] == nil)
    #expect(user.manager == nil && user.json["manager"] == .null)
}

@Test func whatTheDescriptionDoesNotSayIsKept() throws {
    var user = try user(text)
    #expect(user.unixUid == nil && user.json["unix_uid"] == "many")
    #expect(user.state?.rawValue == "HIBERNATING" && user.state != .activated)
    #expect(user["invented"]?["deep"]?[0]?.int == 1)
    user["tomorrow"] = [1]
    #expect(user["tomorrow"] == [1] && user.json.keys.last == "tomorrow")
    user["tomorrow"] = nil
    user.department = "IT"
    user.mfa?.configured = false
    user.email = nil
    let expected = text.replacingOccurrences(of: #""email":"ada@example.com","#, with: "")
        .replacingOccurrences(of: #""configured":true"#, with: #""configured":false"#)
    #expect(user.json.text == expected.dropLast() + #","department":"IT"}"#)
}

@Test func aListWithAWrongItemIsNeverShortened() throws {
    let user = try user(#"{"addresses":[{"type":"work"},7],"tags":["a",1],"phoneNumbers":[{"number":"1"}]}"#)
    #expect(user.addresses == nil && user.json["addresses"]?.array?.count == 2)
    #expect(user.phoneNumbers?.first?.number == "1")
    #expect(try [SystemUser](JSONValue(parsing: "[{}, 7]")) == nil)
}

@Test func absentAndNullDiffer() throws {
    let body = SystemUserPut(department: "IT", state: .suspended).clearing(\.manager)
    #expect(body.json.text == #"{"department":"IT","state":"SUSPENDED","manager":null}"#)
    var other = body
    other.manager = nil
    #expect(other.json.text == #"{"department":"IT","state":"SUSPENDED"}"#)
    #expect(other.clearing(\.department).json.text == #"{"department":null,"state":"SUSPENDED"}"#)
    #expect(SystemUserPut { $0.department = "IT" } == SystemUserPut(department: "IT"))
}

@Test func codersReadAndWriteTheSame() throws {
    let read = try JSONDecoder().decode([SystemUser].self, from: Data("[\(text)]".utf8))
    #expect(read.count == 1 && read[0].email == "ada@example.com" && read[0].json["manager"] == .null)
    #expect(read[0].json["invented"]?["deep"]?.text == "[1,2.5,12345678901234567890]")
    let written = try JSONEncoder().encode(read)
    #expect(try [SystemUser](JSONValue(parsing: written)).map { $0[0] == read[0] } == true)
    struct Row: Codable { var user: SystemUser, state: SystemUserState }
    let row = Row(user: SystemUser { $0._id = "1" }, state: .staged)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(row), as: UTF8.self) == #"{"state":"STAGED","user":{"_id":"1"}}"#)
}

@Test func enumsAreOpen() throws {
    let known: SystemUserState = .activated
    switch known {
    case .activated: break
    default: Issue.record("\(known)")
    }
    #expect(SystemUserState(rawValue: "NEW").rawValue == "NEW" && "\(SystemUserState.staged)" == "STAGED")
    #expect(SystemUserState(7) == nil)
}

@Test func aDateIsAText() throws {
    func date(_ text: String) -> Date? { SystemUser { $0.created = text }.date(\.created) }
    let expected = Date(timeIntervalSince1970: 1_381_951_855)
    for text in [
        "2013-10-16T19:30:55Z", "2013-10-16T19:30:55.000Z", "2013-10-16t19:30:55.000000000z", "2013-10-16T21:30:55+02:00",
        "2013-10-16T14:00:55-0530", "2013-10-16 19:30:55", "2013-10-16T19:30:55",
    ] {
        #expect(date(text) == expected, "\(text)")
    }
    #expect(date("2013-10-16T19:30:55.611Z").map { ($0.timeIntervalSince1970 * 1000).rounded() } == 1_381_951_855_611)
    #expect(date("2024-02-29") == Date(timeIntervalSince1970: 1_709_164_800))
    #expect(date("1969-12-31T23:59:59Z") == Date(timeIntervalSince1970: -1))
    for text in ["", "20202130", "2023-02-29", "2013-13-01", "2013-10-16T25:00:00Z", "2013-10-16T19:30:55Q", "yesterday", "2013-10-16T19:30:55."] {
        #expect(date(text) == nil, "\(text)")
    }
    #expect(SystemUser().date(\.created) == nil)
}

@Test func nothingPrintsASecret() throws {
    let body = SystemUserPost(email: "ada@example.com", password: "hunter2", username: "ada")
    var dumped = ""
    dump(body, to: &dumped)
    for printed in ["\(body)", String(reflecting: body), dumped, "\(body.json)", "\(body.jsonValue)", "\([body])"] {
        // Nor what finds a person; what only names one is shown.
        #expect(!printed.contains("hunter2") && !printed.contains("ada@example.com"), "\(printed)")
        #expect(printed.contains(#""username":"ada""#), "\(printed)")
    }
    #expect(body.json.text.contains("hunter2"))
}

@Test func whatIsNoJSONIsRefusedWithItsPlace() {
    for (text, fault) in [
        ("", "unexpected end at byte 0"), ("{", "unexpected end at byte 1"), ("[1,]", "expected a value at byte 3"),
        (#"{"a" 1}"#, "expected : at byte 5"), ("01", "expected nothing more at byte 1"), ("-", "unexpected end at byte 1"),
        ("1.", "unexpected end at byte 2"), ("\"a\nb\"", "a control character in a string at byte 2"),
        (#""\x""#, "an unknown escape at byte 2"), (#""\u12g4""#, "expected four hexadecimal digits at byte 5"),
        ("nul", "unexpected end at byte 3"), ("{} {}", "expected nothing more at byte 3"), ("{1:2}", "expected a key at byte 1"),
        (#"["\ud83d"]"#, "half a character at byte 8"), (#"["\ud83d\u0041"]"#, "half a character at byte 14"),
        (#"["\ude00"]"#, "half a character at byte 8"),
    ] {
        do {
            _ = try JSONValue(parsing: text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.description == fault, "\(text)")
        }
    }
    for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0xC0, 0xAF, 0x5C, 0x6E, 0x22]] as [[UInt8]] {
        #expect(throws: JSONFault.self) { try JSONValue(parsing: bytes) }
    }
    let deep = String(repeating: "[", count: 100_000)
    do { _ = try JSONValue(parsing: deep) } catch { #expect(error.description == "nested too deep at byte 128") }
    #expect(throws: JSONFault.self) { try JSONValue(parsing: deep) }
}

@Test func textsSurviveEscapes() throws {
    let value = try JSONValue(parsing: #"["\ud83d\ude00\u00e9\/\b\f\té","😀", "", "\"\\"]"#)
    #expect(value.array?.compactMap(\.string) == ["😀é/\u{8}\u{c}\té", "😀", "", "\"\\"])
    let all = JSONValue.string(String(String.UnicodeScalarView((0..<0x300).compactMap { Unicode.Scalar($0) })))
    #expect(try JSONValue(parsing: all.text) == all)
    #expect(try JSONDecoder().decode(String.self, from: Data(all.text.utf8)) == all.string)
    #expect(try JSONValue(parsing: Data(" [1] ".utf8).dropFirst()).text == "[1]")
}

@Test func theLastOfTwoKeysCounts() throws {
    var object = try #require(JSONObject(JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#)))
    #expect(object["a"] == 3 && object.keys == ["a", "b", "a"])
    object["a"] = nil
    #expect(object.text == #"{"b":2}"#)
    #expect(JSONObject([("x", 1), ("y", 2)]) == JSONObject([("y", 2), ("x", 1)]))
    #expect(Set([JSONObject([("x", 1), ("y", 2)]), JSONObject([("y", 2), ("x", 1)])]).count == 1)
}

@Test func numbersKeepTheirDigits() throws {
    let value = try JSONValue(parsing: "[1.50,1e400,-0,9007199254740993,0.1]")
    #expect(value.text == "[1.50,1e400,-0,9007199254740993,0.1]")
    #expect(value[3]?.int == 9_007_199_254_740_993 && value[0]?.int == nil && value[0]?.double == 1.5)
    #expect((["a": 3.0, "b": 0.1, "c": -5] as JSONValue).text == #"{"a":3,"b":0.1,"c":-5}"#)
    #expect(JSONValue.number(JSONNumber(.infinity)).text == "null")
}
