import Foundation

/// The content of an upload: a file, a picture.
///
/// ```swift
/// let logo = try Attachment(file: URL(fileURLWithPath: "logo.png"), mediaType: "image/png")
/// ```
public struct Attachment: Sendable, Encodable, CustomStringConvertible {
    /// The content.
    public let data: Data
    /// The file's name, for forms.
    public let fileName: String
    /// The content's media type, for forms.
    public let mediaType: String

    /// Content in memory.
    public init(data: Data, fileName: String = "file", mediaType: String = "application/octet-stream") {
        self.data = data
        self.fileName = fileName
        self.mediaType = mediaType
    }

    /// A file. It is mapped, not read, where the system allows it.
    public init(file: URL, mediaType: String = "application/octet-stream") throws {
        self.init(
            data: try Data(contentsOf: file, options: .mappedIfSafe), fileName: file.lastPathComponent,
            mediaType: mediaType)
    }

    public var description: String { "Attachment(\(fileName), \(data.count) bytes)" }

    /// Leaves its description where it stands; the content goes past JSON.
    public func encode(to encoder: any Encoder) throws {
        (encoder.userInfo[.attachments] as? AttachmentCollector)?.content = data
        try json.encode(to: encoder)
    }

    var json: JSONValue {
        let facts: JSONObject = [
            "length": .number(JSONNumber(data.count)), "fileName": .string(fileName), "mediaType": .string(mediaType),
        ]
        return ["attachment": .object(facts)]
    }
}

extension CodingUserInfoKey {
    static let attachments = CodingUserInfoKey(rawValue: "JumpCloudClient.attachments")!
}

/// Keeps the content of the attachment that an encoder comes by. One encoder uses it, on one thread.
final class AttachmentCollector: @unchecked Sendable {
    var content: Data?
}
