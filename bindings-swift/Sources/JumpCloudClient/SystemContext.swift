import Foundation
internal import JumpCloudCore

#if canImport(Security)
import Security
#endif

/// Makes signatures for System Context: RSASSA-PKCS1-v1_5 with SHA-256.
public protocol Signer: Sendable {
    /// The signature of a message.
    func sign(_ message: Data) async throws -> Data
}

/// A system that speaks for itself, signing with its agent's key instead of an API key.
///
/// ```swift
/// let jc = JumpCloud(systemContext: try SystemContext.fromAgent())
/// ```
public struct SystemContext: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The system's id: `systemKey` of its agent's configuration.
    public let systemID: String
    /// The region that the agent talks to.
    public let region: Region
    let signer: any Signer

    /// A system whose key somebody else has: a keychain, a hardware module.
    public init(systemID: String, region: Region = .us, signer: any Signer) {
        self.systemID = systemID
        self.region = region
        self.signer = signer
    }

    /// A system and the contents of its key's file: PKCS#1 or PKCS#8, PEM or DER.
    ///
    /// - Throws: ``JumpCloudError`` when it is no RSA key that can sign.
    public init(systemID: String, region: Region = .us, privateKey: Data) throws {
        let key = try fromCore { try SystemKey(file: privateKey) }
        self.init(systemID: systemID, region: region, signer: CoreSigner(key: key))
    }

    /// What the JumpCloud agent on this machine keeps: id, region and key. Only root may read its files.
    ///
    /// - Parameters:
    ///   - configuration: Where `jcagent.conf` is, when it is not at its usual place.
    ///   - key: Where `client.key` is, when it is not at its usual place.
    /// - Throws: ``JumpCloudError`` when a file cannot be read or is not what it should be.
    public static func fromAgent(configuration: String? = nil, key: String? = nil) throws -> SystemContext {
        let agent = try fromCore { try readAgent(configuration: configuration, key: key) }
        return SystemContext(
            systemID: agent.systemId, region: Region(rawValue: agent.region) ?? .us, signer: CoreSigner(key: agent.key))
    }

    public var description: String { "SystemContext(\(systemID))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["systemID": systemID, "region": region]) }
}

/// Signs in Rust.
private struct CoreSigner: Signer {
    let key: SystemKey
    func sign(_ message: Data) async throws -> Data { try fromCore { try key.sign(message: message) } }
}

#if canImport(Security)
/// Signs with a key of the keychain or of a smart card.
///
/// ```swift
/// let context = SystemContext(systemID: id, signer: KeychainSigner(key: key))
/// ```
public struct KeychainSigner: Signer, @unchecked Sendable {
    // A SecKey never changes, and Apple lets any thread use it; its type only does not say so.
    private let key: SecKey

    /// A private RSA key.
    public init(key: SecKey) { self.key = key }

    public func sign(_ message: Data) async throws -> Data {
        var error: Unmanaged<CFError>?
        let signature = SecKeyCreateSignature(key, .rsaSignatureMessagePKCS1v15SHA256, message as CFData, &error)
        if let signature { return signature as Data }
        throw error.map { $0.takeRetainedValue() as any Error } ?? CocoaError(.featureUnsupported)
    }
}
#endif
