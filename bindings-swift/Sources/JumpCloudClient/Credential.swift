import JumpCloudModels

/// Says who calls; see ``JumpCloud/init(credentials:region:organization:baseURLs:bounds:userAgent:options:transport:time:)``.
public typealias CredentialFunction = @Sendable () async throws -> Credential

/// What a function gives that says who calls: a key or a service account, and how long it may be kept.
public struct Credential: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let settings: JSONObject

    /// An administrator's or a service account's API key, kept until JumpCloud refuses it unless it says how long it lasts.
    public static func apiKey(_ key: String, expiresIn life: Duration? = nil) -> Credential {
        Credential(["apiKey": .string(key)], life)
    }

    /// A service account's id and secret, kept until JumpCloud refuses them unless it is said how long they last.
    public static func serviceAccount(_ id: String, secret: String, expiresIn life: Duration? = nil) -> Credential {
        Credential(["serviceAccount": ["id": .string(id), "secret": .string(secret)]], life)
    }

    private init(_ credential: JSONObject, _ life: Duration?) {
        var settings = credential
        if let life {
            let (seconds, attoseconds) = life.components
            settings["expiresIn"] = Int(max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000)).jsonValue
        }
        self.settings = settings
    }

    var json: String { settings.text }

    public var description: String { "Credential" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
