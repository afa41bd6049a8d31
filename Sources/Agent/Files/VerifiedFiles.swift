internal import ChunkStore
internal import HubClient
internal import Synchronization

/// Remembers which files of the caches were read as a whole and found right, or wrong, until they change.
final class VerifiedFiles: Sendable {
    private let known = Mutex<[String: (identity: FileIdentity, isRight: Bool)]>([:])

    enum Standing: Sendable, Hashable {
        /// What was read had this identity.
        case right(FileIdentity)
        case wrong
        case unknown
    }

    func standing(of path: String) -> Standing {
        guard let found = known.withLock({ $0[path] }), FileIdentity(path: path) == found.identity else {
            return .unknown
        }
        return found.isRight ? .right(found.identity) : .wrong
    }

    /// - Parameter identity: from before it was read.
    func note(_ path: String, _ identity: FileIdentity?, isRight: Bool) {
        known.withLock { known in
            if known.count > 10_000 { known = [:] }
            known[path] = identity.map { ($0, isRight) }
        }
    }

    /// Reads a file as a whole, unless that is not needed.
    /// - Returns: the identity under which its content is what its name says; nil when it is something else.
    func verify(_ path: String, _ metadata: FileMetadata) async throws -> FileIdentity? {
        switch standing(of: path) {
        case .right(let identity): return identity
        case .wrong: return nil
        case .unknown: break
        }
        let identity = FileIdentity(path: path)
        var isRight = true
        do {
            for try await _ in LocalByteStream(path: path, metadata: metadata, range: nil) {}
        } catch is HubError {
            isRight = false
        }
        note(path, identity, isRight: isRight)
        return isRight ? identity : nil
    }
}
