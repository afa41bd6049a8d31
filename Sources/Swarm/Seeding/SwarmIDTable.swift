internal import SwarmWire
internal import Xet

/// Finds files by the names of their swarms, in the public one and among those who know one of some secrets. About 60
/// bytes for each file and secret.
struct SwarmIDTable: Sendable {
    private let secrets: [SwarmSecret?]
    /// By the first eight bytes of the id.
    private var files: [UInt64: FileHash] = [:]

    init(secrets: [SwarmSecret]) { self.secrets = [nil] + secrets }

    mutating func insert(_ file: FileHash) {
        for secret in secrets { files[Self.short(FileKey(file, secret: secret).id)] = file }
    }

    mutating func remove(_ file: FileHash) {
        for secret in secrets { files[Self.short(FileKey(file, secret: secret).id)] = nil }
    }

    func key(of id: SwarmID) -> FileKey? {
        guard let file = files[Self.short(id)] else { return nil }
        return secrets.lazy.map { FileKey(file, secret: $0) }.first { $0.id == id }
    }

    private static func short(_ id: SwarmID) -> UInt64 {
        id.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
