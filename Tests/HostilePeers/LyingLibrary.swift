package import NIOCore
package import Swarm
package import SwarmWire
package import Xet

/// Says that it has what an honest library has, and gives wrong bytes of it.
package struct LyingLibrary<Honest: SeedLibrary>: SeedLibrary {
    package let honest: Honest
    /// Whether the manifest is wrong as well.
    private let liesAboutManifests: Bool

    package init(_ honest: Honest, liesAboutManifests: Bool = false) {
        self.honest = honest
        self.liesAboutManifests = liesAboutManifests
    }

    package func key(of swarm: SwarmID) async -> FileKey? { await honest.key(of: swarm) }

    package func holding(of file: FileHash, for audience: Audience) async -> SeedHolding? {
        await honest.holding(of: file, for: audience)
    }

    package func manifest(of file: FileHash, bytes: Range<Int>, for audience: Audience) async throws -> [UInt8] {
        var bytes = try await honest.manifest(of: file, bytes: bytes, for: audience)
        if liesAboutManifests, !bytes.isEmpty { bytes[bytes.count / 2] ^= 1 }
        return bytes
    }

    package func read(_ chunks: Range<UInt32>, of file: FileHash, for audience: Audience) async throws -> ByteBuffer {
        var bytes = try await honest.read(chunks, of: file, for: audience)
        let victim = bytes.readerIndex + max(0, bytes.readableBytes - 7)
        bytes.setInteger((bytes.getInteger(at: victim, as: UInt8.self) ?? 0) ^ 1, at: victim)
        return bytes
    }

    package func frames(_ chunks: Range<UInt32>, of xorb: XorbHash, for audience: Audience) async throws -> XorbFrames {
        try await honest.frames(chunks, of: xorb, for: audience)
    }

    package var changes: AsyncStream<SeedChange> { honest.changes }
}
