internal import NIOCore
internal import SwarmWire
internal import Synchronization
internal import Xet

/// A message that is ready to be sent, and the bytes that belong to it.
struct PeerAnswer: Sendable {
    var head: [UInt8]
    var content: ByteBuffer?

    var size: Int { head.count + (content?.readableBytes ?? 0) }

    init(_ message: SwarmMessage, _ content: ByteBuffer? = nil) {
        head = message.bytes
        self.content = content
    }

    init(_ message: ZestMessage, _ content: ByteBuffer? = nil) {
        head = message.bytes
        self.content = content
    }
}

extension PeerServer {
    /// Finds the answer to a request; nil if none is wanted any more.
    func answer(_ job: PeerJob) async -> PeerAnswer? {
        switch job {
        case .interest(let session, let tag):
            await answer(interest: tag, of: session)
            return nil
        case .manifest(let session, let id, let tag, let offset, let size):
            return await answer(session, id) { [library] in
                guard let file = session.file(tag), let start = Int(exactly: offset),
                    let end = Int(exactly: UInt64(start) + UInt64(size))
                else { return .reject(.gone) }
                let audience = session.audience(for: file)
                guard let holding = await library.holding(of: file.hash, for: audience) else { return .reject(.gone) }
                let bytes = try await library.manifest(of: file.hash, bytes: start..<end, for: audience)
                let total = UInt64(ManifestWire.size(chunkCount: Int(holding.chunkCount)))
                guard !bytes.isEmpty, UInt64(end - size) + UInt64(bytes.count) <= total else { return .reject(.gone) }
                let head = SwarmMessage.ManifestPartHead(id: id, tag: tag, total: total, offset: offset)
                return .shoal(.manifestPart(head), ByteBuffer(bytes: bytes))
            }
        case .leaves(let session, let id, let tag, let xorb):
            return await answer(session, id) { [library] in
                guard let file = session.file(tag) else { return .reject(.gone) }
                let chunks = try await library.leaves(of: xorb, in: file.hash, for: session.audience(for: file))
                guard (1...XetLimits.maximumXorbChunks).contains(chunks.count) else { return .reject(.gone) }
                var records = ByteBuffer()
                records.writeWithUnsafeMutableBytes(minimumWritableBytes: chunks.count * ManifestWire.recordSize) {
                    guard let base = $0.baseAddress else { return 0 }
                    for (place, chunk) in chunks.enumerated() {
                        ManifestWire.store(chunk, to: base + place * ManifestWire.recordSize)
                    }
                    return chunks.count * ManifestWire.recordSize
                }
                let head = SwarmMessage.LeavesHead(id: id, tag: tag, count: UInt32(chunks.count))
                return .shoal(.leaves(head), records)
            }
        case .chunks(let session, let id, let tag, let chunks):
            return await answer(session, id) { [library] in
                guard let file = session.file(tag) else { return .reject(.gone) }
                let bytes = try await library.read(chunks, of: file.hash, for: session.audience(for: file))
                guard bytes.readableBytes <= SwarmMessage.maximumRun else { return .reject(.tooLong) }
                return .shoal(.run(SwarmMessage.RunHead(id: id, tag: tag, chunks: chunks)), bytes)
            }
        case .xorb(let session, let id, let xorb, let chunks):
            let found = try? await library.frames(chunks, of: xorb, for: session.audience)
            guard session.finish(id) != nil else { return nil }
            session.note(miss: found == nil)
            guard let found, found.bytes.readableBytes <= ZestMessage.maximumResponse else {
                return PeerAnswer(ZestMessage.notFound(id: id, xorb: xorb))
            }
            let size = UInt32(found.bytes.readableBytes)
            return PeerAnswer(.response(id: id, firstChunk: found.firstChunk, size: size), found.bytes)
        }
    }

    private enum Outcome {
        case shoal(SwarmMessage, ByteBuffer)
        case reject(SwarmMessage.RejectReason)
    }

    /// Turns an outcome into the one answer of a request.
    private func answer(
        _ session: PeerSession, _ id: UInt32, _ find: () async throws -> Outcome
    ) async -> PeerAnswer? {
        // What was taken back while it waited need not be read.
        var outcome = Outcome.reject(.cancelled)
        if session.isWanted(id) {
            do {
                outcome = try await find()
            } catch let error as SeedError {
                outcome = .reject(error == .badRange ? .tooLong : .gone)
            } catch {
                outcome = .reject(.failed)
            }
        }
        switch session.finish(id) {
        case nil: return nil
        case .cancelled: outcome = .reject(.cancelled)
        case .wanted: break
        }
        switch outcome {
        case .shoal(let message, let content):
            session.note(miss: false)
            return PeerAnswer(message, content)
        case .reject(let reason):
            if reason == .gone { session.note(miss: true) }
            return PeerAnswer(.reject(id: id, retryAfterMilliseconds: 0, reason: reason))
        }
    }

    /// Looks up what there is of a file, and lets the requests go on that waited for it.
    private func answer(interest tag: UInt32, of session: PeerSession) async {
        guard let interest = session.takeUnanswered(tag), let binding = session.binding else { return }
        let file = await library.key(of: interest.id).flatMap { key in
            key.accepts(interest.proof, by: .asking, on: binding) ? key : nil
        }
        var holding: SeedHolding?
        if let file { holding = await library.holding(of: file.hash, for: session.audience(for: file)) }
        session.settle(tag, file: file, holding: holding)
        session.note(miss: holding == nil)
        for job in session.takeWaiting(tag) { ask(job) }
    }
}
