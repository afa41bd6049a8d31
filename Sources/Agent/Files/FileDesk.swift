internal import ChunkStore
internal import HubClient
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Swarm
internal import Synchronization
internal import Transfer
internal import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Brings files to the clients of the local hub: from a cache, through the swarm and the Xet storage, or by plain HTTP.
struct FileDesk: Sendable {
    /// Smaller files are not worth a place on the disk.
    private static let smallestTransit: UInt64 = 1 << 20
    /// Smaller parts of a file do not have all of it pulled.
    private static let smallestPart: UInt64 = 16 << 20
    private static let partBytes: UInt64 = 1 << 20

    let hubs: HubFactory
    let caches: [String]
    let transits: TransitDesk
    let peers: PeerDoor
    let visibility: PublicRepos
    let verified: VerifiedFiles
    let tainted: TaintedFiles
    let board: ActivityBoard
    let logger: Logger

    /// Whether somebody may hold wrong bytes of a content.
    func isTainted(_ etag: String) -> Bool { tainted.contains(etag) }

    // MARK: Where it comes from

    /// - Throws: `HubError`, ``AgentFailure``.
    func source(for order: FileOrder) async throws -> FileSource {
        let metadata = order.facts.metadata
        if let path = await cached(order), let local = try await local(order, path) { return local }
        guard order.isOnline else {
            throw AgentFailure(
                status: .gatewayTimeout, code: "upstream_away",
                message: "the hub does not answer, and the file is not here")
        }
        let hub = hubs.hub(token: order.caller.token)
        if let hash = order.facts.hash, order.size > 0 {
            let request = XetFileRequest(hash: hash, size: metadata.size, name: metadata.path)
            let isLarge = UInt64(order.range.count) >= min(order.size, Self.smallestPart)
            if let running = await transits.find(hash) { return .transit(running) }
            if order.size >= Self.smallestTransit, isLarge, await transits.hasRoom(for: order.size) {
                return .transit(
                    try await transits.open(request, name: order.name) { try await transitSource(order, hub) })
            }
            if let stream = try? await hub.file(metadata, of: order.repo).stream(order.range) {
                switch stream.verification {
                case .everyChunk: return .xet(stream, areProven: true)
                case .atEnd: return .xet(stream, areProven: false)
                case .none: break
                }
            }
        }
        var plain = metadata
        plain.xetHash = nil
        return .plain(try await hub.file(plain, of: order.repo).stream(order.range))
    }

    /// - Returns: nil for a file that is not what it should be.
    private func local(_ order: FileOrder, _ path: String) async throws -> FileSource? {
        switch verified.standing(of: path) {
        case .right(let identity): return .local(path: path, verified: identity)
        case .wrong: return nil
        case .unknown: break
        }
        if order.isWhole { return .local(path: path, verified: nil) }
        // A part proves nothing about itself, so all of the file is looked at first.
        guard let identity = try await verified.verify(path, order.facts.metadata) else { return nil }
        return .local(path: path, verified: identity)
    }

    private func cached(_ order: FileOrder) async -> String? {
        let (caches, metadata) = (caches, order.facts.metadata)
        let found = try? await NIOThreadPool.singleton.runIfActive {
            caches.lazy.compactMap { cache in
                CachedContent(root: cache, repo: order.repo).blob(metadata.etag, size: metadata.size)
            }.first
        }
        return found ?? nil
    }

    /// Where a file is pulled from: peers are asked for what everybody may read, as far as the user gives it away.
    private func transitSource(_ order: FileOrder, _ hub: Hub) async throws -> TransitDesk.Source {
        let storage = hub.readStorage(of: order.repo)
        guard peers.peers != nil else { return TransitDesk.Source(storage: storage, access: .nobody) }
        let access = peers.access(of: order.repo, isPublic: await visibility.contains(order.repo))
        return TransitDesk.Source(storage: storage, peers: peers.source(for: access), access: access)
    }

    // MARK: On its way

    /// Sends what was ordered. Whatever goes wrong ends the connection before the announced length.
    func send(_ order: FileOrder, from source: FileSource, to writer: inout any ResponseBodyWriter) async throws {
        var out = HeldWriter(writer, count: UInt64(order.range.count), board: board)
        do {
            switch source {
            case .local(let path, let identity): try await send(order, local: path, identity, &out)
            case .transit(let transit): try await send(order, transit, &out)
            case .xet(let stream, let areProven): try await send(order, stream, areProven: areProven, &out)
            case .plain(let stream):
                // A part by plain HTTP is as good as the hub gives it.
                try await send(order, stream, areProven: stream.verification == .none, &out)
            }
            try await out.finish()
        } catch {
            note(error, of: order, isMisled: out.hasSentUnproven)
            throw error
        }
    }

    private static func isWrong(_ error: any Error) -> Bool {
        error is Disproved || (error as? HubError)?.code == .digestMismatch
            || (error as? TransferError)?.code == .digestMismatch
    }

    /// - Parameter isMisled: whether the client has got bytes that nothing had proven.
    private func note(_ error: any Error, of order: FileOrder, isMisled: Bool) {
        let isWrong = Self.isWrong(error)
        if isWrong, isMisled { tainted.insert(order.facts.metadata.etag) }
        guard !(error is CancellationError) else { return }
        logger.warning(
            isWrong ? "wrong bytes, the connection was closed short" : "file not sent",
            metadata: ["file": "\(order.name)", "reason": "\(error)"])
    }

    private func send(
        _ order: FileOrder, _ stream: FileByteStream, areProven: Bool, _ out: inout HeldWriter
    ) async throws {
        let number = board.begin(order.name, size: UInt64(order.range.count))
        do {
            for try await part in stream {
                let count = UInt64(part.readableBytes)
                board.update(number) { record in
                    record.done += count
                    record.fromHub += count
                }
                try await out.write(part, isProven: areProven)
            }
            board.end(number, .done)
        } catch {
            board.end(number, error is CancellationError ? .cancelled : .failed)
            throw error
        }
    }

    private func send(
        _ order: FileOrder, local path: String, _ verifiedIdentity: FileIdentity?, _ out: inout HeldWriter
    ) async throws {
        let identity = verifiedIdentity ?? FileIdentity(path: path)
        let number = board.begin(order.name, size: UInt64(order.range.count))
        do {
            for try await part in LocalByteStream(path: path, metadata: order.facts.metadata, range: order.range) {
                let count = UInt64(part.readableBytes)
                board.update(number) { record in
                    record.done += count
                    record.fromDisk += count
                }
                // It may change under the reader, also where it was right before: only the look at the end proves it.
                try await out.write(part, isProven: false)
            }
            guard FileIdentity(path: path) == identity else { throw Disproved() }
            if order.isWhole { verified.note(path, identity, isRight: true) }
            board.end(number, .done)
        } catch {
            if Self.isWrong(error) { verified.note(path, identity, isRight: false) }
            board.end(number, error is CancellationError ? .cancelled : .failed)
            throw error
        }
    }

    private func send(_ order: FileOrder, _ transit: Transit, _ out: inout HeldWriter) async throws {
        let reader = transit.open(at: order.range.lowerBound)
        defer { transit.close(reader) }
        let file = try RandomAccessFile(path: transit.path, access: .update)
        // A client that has once got wrong bytes begins anew for ever if it gets them again and again.
        if isTainted(order.facts.metadata.etag) { try await transit.waitForEnd(reader) }
        var position = order.range.lowerBound
        var hasUnproven = false
        while position < order.range.upperBound {
            let stretch = try await transit.wait(reader, at: position)
            if !stretch.isProven { hasUnproven = true }
            let count = Int(min(stretch.end, order.range.upperBound, position + Self.partBytes) - position)
            let part = try await NIOThreadPool.singleton.runIfActive { [position] in
                var part = ByteBufferAllocator().buffer(capacity: count)
                try part.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: space[..<count]), at: position)
                }
                return part
            }
            guard part.readableBytes == count else { throw Disproved() }
            try await out.write(part, isProven: stretch.isProven && !hasUnproven)
            position += UInt64(count)
        }
        // The end of the pull is what proves the rest.
        if hasUnproven { try await transit.waitForEnd(reader) }
    }
}
