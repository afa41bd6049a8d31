#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A private key as it lies on disk. The file must be readable by its owner alone (0600).
public struct KeyFile: Sendable {
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// What followers know; may be kept offline.
        case identity
        /// What signs from day to day.
        case operating
    }

    public var role: Role
    public var key: SigningKey
    /// When it was made, in seconds since 1970.
    public var created: Int64
    public var label: PublisherLabel?
    /// For whom an operating key works.
    public var delegation: Delegation?
    /// How an identity came to be: the rotations before it, oldest first.
    public var rotations: [Rotation]

    /// Bytes that the file may have.
    public static let largest = 16 << 10
    private static let format = "shoal-key"

    public init(
        role: Role, key: SigningKey, created: Int64, label: PublisherLabel? = nil, delegation: Delegation? = nil,
        rotations: [Rotation] = []
    ) {
        self.role = role
        self.key = key
        self.created = created
        self.label = label
        self.delegation = delegation
        self.rotations = rotations
    }

    /// Which epoch an identity is in.
    public var epoch: UInt32 { rotations.last?.epoch ?? 0 }

    /// The file: JSON, keys sorted, one to a line.
    public func encoded() throws(PublishError) -> [UInt8] {
        let file = File(
            format: Self.format, version: 1, role: role.rawValue, created: created, label: label?.text,
            public: key.publicKey.fingerprint, seed: Base32.encode(key.seed),
            delegation: delegation.map(\.text),
            rotations: rotations.isEmpty ? nil : rotations.map(\.text))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(file), data.count < Self.largest else {
            throw PublishError(.tooLarge, "the key file would have more than \(Self.largest) bytes")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// Reads a file. Messages of errors never show what is in it.
    public init(_ bytes: [UInt8]) throws(PublishError) {
        guard bytes.count <= Self.largest else {
            throw PublishError(.tooLarge, "a key file has \(bytes.count) bytes")
        }
        guard let file = try? JSONDecoder().decode(File.self, from: Data(bytes)), file.format == Self.format else {
            throw PublishError(.malformed, "this is no key file of Shoal", hint: "restore it from your copy")
        }
        guard file.version == 1, let role = Role(rawValue: file.role) else {
            throw PublishError(.unsupported, "the key file is of a version that is not known", hint: "update Shoal")
        }
        guard let seed = Base32.decode(file.seed), let key = SigningKey(seed: seed),
            PublisherKey(fingerprint: file.public) == key.publicKey, (0...Times.latest).contains(file.created)
        else {
            throw PublishError(
                .badKey, "the two halves in the key file do not belong together", hint: "restore it from your copy")
        }
        self.role = role
        self.key = key
        created = file.created
        label = file.label.flatMap { PublisherLabel($0) }
        delegation = try file.delegation.map { text throws(PublishError) in try Delegation(text: text) }
        rotations = try (file.rotations ?? []).map { text throws(PublishError) in try Rotation(text: text) }
        try check()
    }

    private func check() throws(PublishError) {
        if let delegation, role != .operating || delegation.operating != key.publicKey {
            throw PublishError(.wrongStatement, "the delegation in the key file is to another key")
        }
        guard rotations.isEmpty || (role == .identity && rotations.last?.new == key.publicKey),
            rotations.count <= Rotation.longestChain, Rotation.isChain(rotations)
        else { throw PublishError(.wrongStatement, "the rotations in the key file do not lead to its key") }
    }

    private struct File: Codable {
        var format: String
        var version: Int
        var role: String
        var created: Int64
        var label: String?
        var `public`: String
        var seed: String
        var delegation: String?
        var rotations: [String]?
    }
}

extension Rotation {
    /// Whether each begins with the key at which the one before ends, one epoch later.
    public static func isChain(_ rotations: [Rotation]) -> Bool {
        zip(rotations, rotations.dropFirst()).allSatisfy { earlier, later in
            earlier.new == later.old && earlier.epoch < .max && earlier.epoch + 1 == later.epoch
        }
    }
}
