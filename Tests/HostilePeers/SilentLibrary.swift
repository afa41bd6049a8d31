package import NIOCore
package import Swarm
package import SwarmWire
package import Xet

/// Says that it has what an honest library has, and never gives any of it.
package struct SilentLibrary<Honest: SeedLibrary>: SeedLibrary {
    private let honest: Honest

    package init(_ honest: Honest) { self.honest = honest }

    package func key(of swarm: SwarmID) async -> FileKey? { await honest.key(of: swarm) }

    package func holding(of file: FileHash, for audience: Audience) async -> SeedHolding? {
        await honest.holding(of: file, for: audience)
    }

    package func manifest(of file: FileHash, bytes: Range<Int>, for audience: Audience) async throws -> [UInt8] {
        try await Self.wait()
        return try await honest.manifest(of: file, bytes: bytes, for: audience)
    }

    package func read(_ chunks: Range<UInt32>, of file: FileHash, for audience: Audience) async throws -> ByteBuffer {
        try await Self.wait()
        return try await honest.read(chunks, of: file, for: audience)
    }

    package func frames(_ chunks: Range<UInt32>, of xorb: XorbHash, for audience: Audience) async throws -> XorbFrames {
        try await Self.wait()
        return try await honest.frames(chunks, of: xorb, for: audience)
    }

    package var changes: AsyncStream<SeedChange> { honest.changes }

    /// Longer than anybody's patience.
    private static func wait() async throws { try await Task.sleep(for: .seconds(86_400)) }
}
