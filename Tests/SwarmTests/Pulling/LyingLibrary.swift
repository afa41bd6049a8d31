import NIOCore
import Swarm
import SwarmWire
import Xet

/// Says that it has a file, and gives wrong bytes of it.
struct LyingLibrary: SeedLibrary {
    let honest: MemoryLibrary
    /// Whether the manifest is wrong as well.
    var liesAboutManifests = false

    init(_ file: MemoryFile, liesAboutManifests: Bool = false) {
        honest = MemoryLibrary(file)
        self.liesAboutManifests = liesAboutManifests
    }

    func key(of swarm: SwarmID) async -> FileKey? { await honest.key(of: swarm) }

    func holding(of file: FileHash, for audience: Audience) async -> SeedHolding? {
        await honest.holding(of: file, for: audience)
    }

    func manifest(of file: FileHash, bytes: Range<Int>, for audience: Audience) async throws -> [UInt8] {
        var bytes = try await honest.manifest(of: file, bytes: bytes, for: audience)
        if liesAboutManifests { bytes[bytes.count / 2] ^= 1 }
        return bytes
    }

    func read(_ chunks: Range<UInt32>, of file: FileHash, for audience: Audience) async throws -> ByteBuffer {
        var bytes = try await honest.read(chunks, of: file, for: audience)
        let victim = bytes.readerIndex + bytes.readableBytes - 7
        bytes.setInteger((bytes.getInteger(at: victim, as: UInt8.self) ?? 0) ^ 1, at: victim)
        return bytes
    }

    func frames(_ chunks: Range<UInt32>, of xorb: XorbHash, for audience: Audience) async throws -> XorbFrames {
        try await honest.frames(chunks, of: xorb, for: audience)
    }

    var changes: AsyncStream<SeedChange> { honest.changes }
}
