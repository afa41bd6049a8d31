import Foundation
import TestSupport
import Xet

@testable import ChunkStore
@testable import Swarm

/// A file on disk with its chunk list.
struct SeedSample: Sendable {
    var path: String
    var bytes: [UInt8]
    var manifest: FileManifest

    var hash: FileHash { manifest.fileHash }
    var size: UInt64 { UInt64(bytes.count) }
    var chunkCount: UInt32 { UInt32(manifest.chunks.count) }

    /// Writes random content to a file, and its manifest to a folder, where one is named.
    static func make(_ count: Int, seed: UInt64, at path: String, manifestIn folder: String? = nil) async throws -> Self
    {
        let sample = SeedSample(path: path, bytes: SampleContent.random.bytes(count, seed: seed))
        try await writeBytes(sample.bytes, to: path)
        if let folder { try await sample.writeManifest(to: folder) }
        return sample
    }

    private init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        manifest = FileManifest(chunks: Self.chunks(of: bytes))
    }

    static func chunks(of bytes: [UInt8]) -> [Chunk] {
        var stream = ChunkStream(capacity: max(bytes.count + 1, 2 * XetLimits.maximumChunk))
        var chunks: [Chunk] = []
        _ = stream.fill { space in
            space.copyBytes(from: bytes)
            return bytes.count
        }
        stream.drain(atEnd: true) { _, found in chunks = found }
        return chunks
    }

    func writeManifest(to folder: String) async throws {
        try await writeBytes(manifest.encoded(), to: folder + "/\(hash).manifest")
    }

    /// The bytes of some chunks.
    func bytes(_ chunks: Range<UInt32>) -> [UInt8] {
        let lengths = manifest.chunks.map { Int($0.length) }
        let start = lengths[..<Int(chunks.lowerBound)].reduce(0, +)
        return Array(bytes[start..<start + lengths[Int(chunks.lowerBound)..<Int(chunks.upperBound)].reduce(0, +)])
    }

    func file(_ access: SeedAccess, manifestFolder: String? = nil) -> SeedFile {
        SeedFile(hash: hash, size: size, path: path, manifestFolder: manifestFolder, access: access)
    }
}

/// What a library refuses to give.
func seedError(_ body: () async throws -> Void) async -> SeedError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? SeedError
    }
}
