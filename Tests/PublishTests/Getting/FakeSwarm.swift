import NIOCore
import Publish
import Synchronization
import Transfer
import Xet

/// The Xet swarm of one test: peers that have some files, by their Xet hashes.
final class FakeSwarm: Sendable {
    struct Manners: Sendable {
        /// Whether one byte of each reading is wrong.
        var isSpoilt = false
        /// What of each file is there; nil for all of it.
        var held: Range<UInt64>?
        /// Whether nobody has come yet.
        var isEmpty = false
    }

    struct Record: Sendable {
        var openings: [(names: [String], isPublic: Bool)] = []
        var entered: [String] = []
        var left: [String] = []
        var readings = 0
    }

    private let contents: [FileHash: [UInt8]]
    let manners: Manners
    private let state = Mutex(Record())

    init(_ contents: [[UInt8]], _ manners: Manners = Manners()) {
        self.contents = Dictionary(contents.map { (Self.hash($0), $0) }) { $1 }
        self.manners = manners
    }

    var record: Record { state.withLock { $0 } }

    var opening: SwarmOpening {
        { [self] names, isPublic in
            state.withLock { $0.openings.append((names, isPublic)) }
            return { [self] request in enter(request) }
        }
    }

    func enter(_ request: XetFileRequest) -> any PeerFile {
        state.withLock { $0.entered.append(request.name) }
        return File(swarm: self, name: request.name, bytes: manners.isEmpty ? nil : contents[request.hash])
    }

    /// The Xet hash of a file.
    static func hash(_ bytes: [UInt8]) -> FileHash {
        var hasher = Publish.ContentHasher()
        return bytes.withUnsafeBytes { all in
            hasher.take(all, fresh: all.count)
            return hasher.finish(UnsafeRawBufferPointer(rebasing: all[Int(hasher.chunkStart)...])).xet
        }
    }

    private struct File: PeerFile {
        let swarm: FakeSwarm
        let name: String
        /// Nil where nobody has it.
        let bytes: [UInt8]?

        var isHeld: Bool { bytes != nil }

        func mayHave(_ range: Range<UInt64>) -> Bool {
            guard let bytes else { return false }
            let held = swarm.manners.held ?? 0..<UInt64(bytes.count)
            return held.lowerBound <= range.lowerBound && range.upperBound <= held.upperBound
        }

        func read(_ range: Range<UInt64>, _ take: @Sendable (ByteBuffer) async throws -> Bool) async throws {
            swarm.state.withLock { $0.readings += 1 }
            guard let bytes, mayHave(range) else {
                throw TransferError(code: .noPeers, message: "nobody has these bytes of \(name)")
            }
            var content = Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
            if swarm.manners.isSpoilt { content[content.count / 2] ^= 1 }
            for start in stride(from: 0, to: content.count, by: 100_000) {
                let part = content[start..<min(start + 100_000, content.count)]
                guard try await take(ByteBuffer(bytes: part)) else { return }
            }
        }

        func leave() async { swarm.state.withLock { $0.left.append(name) } }
    }
}
