internal import ChunkStore
internal import Logging
internal import NIOCore
internal import SwarmWire
internal import Synchronization
internal import Transfer
internal import Xet

/// A file of which peers are asked for parts: who has what of it, and what each was asked for. Several readings share it.
final class SwarmReader: PeerFile {
    private struct State {
        var manifest: ManifestFile?
        var table = ReaderTable()
    }

    let file: SwarmFile
    let request: XetFileRequest
    let engine: TransferEngine
    private let state = Mutex(State())

    /// - Parameter engine: whose limits count, and whose manifests serve too.
    init(_ file: SwarmFile, _ request: XetFileRequest, engine: TransferEngine) {
        self.file = file
        self.request = request
        self.engine = engine
    }

    /// Finds out what the chunks are, then follows what peers have, until the task is cancelled.
    func run() async {
        do {
            guard let manifest = try await engine.manifest(of: request, fromPeersOf: file) else { return }
            state.withLock { $0.manifest = manifest }
        } catch {
            guard !(error is CancellationError) else { return }
            file.peers.logger.debug(
                "no manifest from peers", metadata: ["file": "\(request.name)", "reason": "\(error)"])
            return
        }
        for member in file.open({ [weak self] event in self?.heard(event) }) { update(member) }
    }

    func leave() async {
        let requests = state.withLock { $0.table.clear() }
        for request in requests { request.answer(.failed(request.chunks)) }
        await file.leave()
    }

    // MARK: Who has what

    var isHeld: Bool { state.withLock { $0.manifest != nil && !$0.table.held.isEmpty } }

    func mayHave(_ bytes: Range<UInt64>) -> Bool {
        state.withLock { state in
            guard !state.table.held.isEmpty, let manifest = state.manifest else { return false }
            if state.table.held.contains(0..<UInt32(manifest.chunkCount)) { return true }
            guard let chunks = Self.chunks(touching: bytes, in: manifest)
            else { return false }
            return state.table.held.contains(chunks)
        }
    }

    var manifest: ManifestFile? { state.withLock { $0.manifest } }

    static func chunks(touching bytes: Range<UInt64>, in manifest: ManifestFile) -> Range<UInt32>? {
        guard !bytes.isEmpty, let first = manifest.index(containing: bytes.lowerBound),
            let last = manifest.index(containing: bytes.upperBound - 1)
        else { return nil }
        return UInt32(first)..<UInt32(last) + 1
    }

    private func update(_ member: SwarmFile.Member) {
        guard !member.link.knowsXorbsAlone else { return }
        state.withLock { state in
            guard let manifest = state.manifest, let availability = member.availability,
                availability.size == request.size, Int(availability.chunkCount) == manifest.chunkCount
            else { return }
            state.table.update(member, availability.chunks)
        }
    }

    // MARK: What comes

    private func heard(_ event: SwarmFile.Event) {
        guard case .said(let member, let said, _) = event else { return }
        let link = member.link.number
        switch said {
        case .available, .have:
            update(member)
        case .absent, .closed:
            drop(link)
        case .run(let id, _, let chunks, let bytes):
            guard let request = state.withLock({ $0.table.arrived(id, from: link, bytes.readableBytes) }) else {
                return
            }
            request.answer(chunks == request.chunks ? .came(request.chunks, bytes, link) : .wrong(request.chunks, link))
        case .rejected(let id, let reason, let retryAfter):
            let request = state.withLock { $0.table.rejected(id, by: link, reason, retryAfter) }
            if let request { request.answer(.failed(request.chunks)) }
        default:
            break
        }
    }

    /// Expects nothing more of a peer; what it was asked for is asked of others.
    private func drop(_ link: Int) {
        let requests = state.withLock { $0.table.drop(link) }
        for request in requests { request.answer(.failed(request.chunks)) }
    }

    /// Asks whoever will bring them soonest for chunks: as many as it is good for, from the first one on.
    /// - Parameter answer: called once.
    /// - Returns: the chunks that were asked for; nil when nobody who has the first one can take a request now.
    func ask(
        for chunks: Range<UInt32>, _ answer: @escaping @Sendable (ReaderTable.Answer) -> Void
    ) -> (chunks: Range<UInt32>, ticket: ReaderTable.Ticket)? {
        // Under the lock, so that no answer comes before it is known whose it is.
        state.withLock { state in
            guard let manifest = state.manifest,
                let link = state.table.choose(for: chunks.lowerBound, now: .now),
                let (run, bytes) = state.table.run(of: chunks, from: link, in: manifest),
                engine.mayAsk(for: bytes)
            else { return nil }
            return state.table.ask(link, for: run, bytes, answer).map { (run, $0) }
        }
    }

    /// Whether somebody has a chunk, and may be asked for it before long.
    func isHopeful(_ chunk: UInt32) -> Bool { state.withLock { $0.table.hasHolder(of: chunk, now: .now) } }

    /// Takes a request back.
    func cancel(_ ticket: ReaderTable.Ticket) { state.withLock { $0.table.cancel(ticket) } }

    /// Leaves peers alone for a while that are silent.
    func checkSilence() {
        let (silent, requests) = state.withLock { $0.table.takeSilent(now: .now) }
        for address in silent {
            file.peers.logger.info("a peer is silent", metadata: ["peer": "\(address)", "file": "\(request.name)"])
        }
        for request in requests { request.answer(.failed(request.chunks)) }
    }

    /// Shuts out whoever has sent wrong bytes.
    func ban(_ link: Int) {
        guard let member = state.withLock({ $0.table.member(link) }) else { return }
        file.peers.logger.info(
            "a peer has sent wrong bytes",
            metadata: ["peer": "\(member.link.connection.address)", "file": "\(request.name)"])
        file.peers.node.bans.ban(member.link.connection)
        drop(link)
        file.giveUp(on: link)
    }
}
