import Foundation
import PublishWire
import SwarmWire
import Synchronization
import Torrents

/// An engine for tests: files and hashes are real, the network is a ``FakeNetwork``.
final class FakeEngine: TorrentEngine {
    private struct State {
        var torrents: [TorrentID: FakeTorrent] = [:]
        var next: UInt32 = 1
        var listeners: [Int: AsyncStream<TorrentEvent>.Continuation] = [:]
        var nextListener = 0
        var isClosed = false
        var nodes: Set<PeerAddress> = []
        var limits = (download: 0, upload: 0)
        var pump: Task<Void, Never>?
        var calls: [String] = []
        var orders: [TorrentOrder] = []
    }

    private let state = Mutex(State())
    let network: FakeNetwork
    private let listening = Mutex<UInt16>(0)
    /// Pieces that a torrent takes from peers in a step of 2 ms; 0 takes none.
    let piecesPerStep: Int
    /// Whether it gives others bytes that are wrong.
    let isPoisoned: Bool
    /// Whether one begun by a magnet link has no piece layers before its files are there, as with libtorrent.
    let hidesLayers: Bool

    init(
        _ network: FakeNetwork = FakeNetwork(), piecesPerStep: Int = 8, isPoisoned: Bool = false,
        hidesLayers: Bool = false
    ) {
        self.hidesLayers = hidesLayers
        self.network = network
        self.piecesPerStep = piecesPerStep
        self.isPoisoned = isPoisoned
        let number = network.join(self)
        listening.withLock { $0 = number }
        let pump = Task { [weak self] in
            while !Task.isCancelled, self?.step() == true { try? await Task.sleep(for: .milliseconds(2)) }
        }
        state.withLock { $0.pump = pump }
    }

    deinit { state.withLock { $0.pump?.cancel() } }

    /// What was called, in order, for tests of those who call.
    var calls: [String] { state.withLock { $0.calls } }
    /// What was to be begun, in order.
    var orders: [TorrentOrder] { state.withLock { $0.orders } }
    var limits: (download: Int, upload: Int) { state.withLock { $0.limits } }

    var address: PeerAddress { PeerAddress(host: "127.0.0.1", port: listening.withLock { $0 }) }

    func make(
        _ plan: TorrentPlan, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(TorrentError) -> [UInt8] {
        do {
            let writer = try TorrentWriter(plan)
            progress(writer.contents.reduce(0) { $0 + Int64($1.count) })
            return writer.bytes()
        } catch {
            throw TorrentError(.storage, "\(error)")
        }
    }

    func add(_ order: TorrentOrder) async throws(TorrentError) -> TorrentID {
        let hashes: InfoHashes
        var metainfo: Metainfo?
        switch order.subject {
        case .metainfo(let bytes):
            do {
                let parsed = try Metainfo(bytes)
                (hashes, metainfo) = (parsed.hashes, parsed)
            } catch {
                throw TorrentError(.invalidTorrent, error.message)
            }
        case .magnet(let link):
            guard let known = link.hashes else { throw TorrentError(.invalidTorrent, "the link names no torrent") }
            hashes = known
        }
        let id = try locked { (state) throws(TorrentError) in
            state.calls.append("add")
            state.orders.append(order)
            if let known = state.torrents.first(where: { Self.isSame($0.value.hashes, hashes) })?.key {
                if case .magnet = order.subject { throw TorrentError(.busy, "the torrent is there already") }
                return known
            }
            let id = TorrentID(state.next)
            state.next += 1
            state.torrents[id] = FakeTorrent(order, hashes: hashes)
            return id
        }
        if let metainfo { open(id, metainfo) }
        return id
    }

    private static func isSame(_ left: InfoHashes, _ right: InfoHashes) -> Bool {
        (left.v2 != nil && left.v2 == right.v2) || (left.v1 != nil && left.v1 == right.v1)
    }

    private func open(_ id: TorrentID, _ metainfo: Metainfo) {
        state.withLock { state in
            guard state.torrents[id]?.metainfo == nil else { return }
            state.torrents[id]?.open(metainfo)
        }
        tell(.checked(id))
    }

    func status(of torrent: TorrentID) async throws(TorrentError) -> TorrentStatus { try look(torrent).status }

    func torrents() async -> [TorrentID] { state.withLock { $0.torrents.keys.sorted { $0.value < $1.value } } }

    func metainfo(of torrent: TorrentID) async throws(TorrentError) -> [UInt8] {
        while true {
            let known = try look(torrent)
            if let metainfo = known.metainfo {
                guard hidesLayers, case .magnet = known.order.subject, !known.pieces.allSatisfy({ $0 }) else {
                    return metainfo.bytes
                }
                return Array("d4:info".utf8) + metainfo.infoDictionary + Array("e".utf8)
            }
            do { try await Task.sleep(for: .milliseconds(2)) } catch { throw TorrentError(.cancelled, "cancelled") }
        }
    }

    func pause(_ torrent: TorrentID) async throws(TorrentError) { try change(torrent, "pause") { $0.isPaused = true } }
    func resume(_ torrent: TorrentID) async throws(TorrentError) {
        try change(torrent, "resume") { $0.isPaused = false }
    }

    func remove(_ torrent: TorrentID) async throws(TorrentError) {
        _ = try look(torrent)
        state.withLock { state in
            state.calls.append("remove")
            state.torrents[torrent] = nil
        }
    }

    func resumeData(of torrent: TorrentID) async throws(TorrentError) -> [UInt8] {
        try look(torrent).pieces.map { $0 ? 1 : 0 }
    }

    func recheck(_ torrent: TorrentID) async throws(TorrentError) {
        try change(torrent, "recheck") { torrent in
            torrent.check()
            torrent.hasFinished = false
        }
        tell(.checked(torrent))
    }

    func setInOrder(_ inOrder: Bool, of torrent: TorrentID) async throws(TorrentError) {
        try change(torrent, inOrder ? "in order" : "rarest first") { _ in }
    }

    func setWanted(_ files: [Bool], of torrent: TorrentID) async throws(TorrentError) {
        try change(torrent, "wanted") { torrent in
            torrent.wanted = files
            torrent.hasFinished = false
        }
    }

    func fileProgress(of torrent: TorrentID) async throws(TorrentError) -> [Int64] { try look(torrent).progress }
    func pieces(of torrent: TorrentID) async throws(TorrentError) -> [Bool] { try look(torrent).pieces }

    func give(_ bytes: [UInt8], as piece: Int, to torrent: TorrentID) async throws(TorrentError) -> Bool {
        _ = try look(torrent)
        let outcome: Bool? = state.withLock { state in
            guard let known = state.torrents[torrent], let metainfo = known.metainfo,
                known.pieces.indices.contains(piece)
            else { return false }
            if known.pieces[piece] { return nil }
            guard FakeTorrent.isRight(bytes, piece, metainfo), (try? known.write(bytes, piece)) != nil else {
                return false
            }
            state.torrents[torrent]?.pieces[piece] = true
            return true
        }
        if outcome == true { tell(.piece(torrent, piece)) }
        if outcome == false { tell(.wrongPiece(torrent, piece, peer: nil)) }
        return outcome ?? true
    }

    func connect(_ torrent: TorrentID, to peer: PeerAddress) async throws(TorrentError) {
        try change(torrent, "connect") { $0.peers.insert(peer) }
    }

    func setLimits(download: Int, upload: Int) async {
        state.withLock { state in
            state.limits = (download, upload)
            state.calls.append("limits")
        }
    }

    var port: UInt16 { get async { listening.withLock { $0 } } }

    func events() -> AsyncStream<TorrentEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: TorrentEvent.self)
        let number = state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[number] = nil } }
        return stream
    }

    var nodeCount: Int { get async { network.nodes } }

    func addNode(_ address: PeerAddress) async { state.withLock { _ = $0.nodes.insert(address) } }

    func put(_ item: SignedItem) async throws(TorrentError) -> Int { network.put(item) }

    func items(key: [UInt8], salt: [UInt8], timeout: Duration) -> AsyncStream<SignedItem> {
        AsyncStream { continuation in
            if let item = network.item(key: key, salt: salt) { continuation.yield(item) }
            continuation.finish()
        }
    }

    func announce(_ id: [UInt8], port: UInt16) async { network.announce(id, port: port) }

    func lookUp(_ id: [UInt8], timeout: Duration) -> AsyncStream<[PeerAddress]> {
        AsyncStream { continuation in
            continuation.yield(network.peers(of: id))
            continuation.finish()
        }
    }

    func close(grace: Duration) async {
        network.leave(listening.withLock { $0 })
        let listeners = state.withLock { state in
            state.isClosed = true
            state.pump?.cancel()
            defer { state.listeners = [:] }
            return state.listeners.values.map { $0 }
        }
        for listener in listeners { listener.finish() }
    }

    // What a test does to it.

    /// What another engine is given of a piece.
    func take(_ piece: Int, of hashes: InfoHashes) -> [UInt8]? {
        state.withLock { state in
            guard !state.isClosed,
                let (id, torrent) = state.torrents.first(where: { Self.isSame($0.value.hashes, hashes) }),
                !torrent.isPaused, torrent.pieces.indices.contains(piece), torrent.pieces[piece],
                var bytes = torrent.read(piece)
            else { return nil }
            if isPoisoned { bytes[bytes.count / 2] ^= 1 }
            state.torrents[id]?.given += Int64(bytes.count)
            return bytes
        }
    }

    func metainfo(for hashes: InfoHashes) -> Metainfo? {
        state.withLock { state in
            state.isClosed ? nil : state.torrents.values.first { Self.isSame($0.hashes, hashes) }?.metainfo
        }
    }

    func fail(_ torrent: TorrentID, _ error: TorrentError) {
        state.withLock { $0.torrents[torrent]?.failure = error }
        tell(.failed(torrent, error))
    }

    func tell(_ event: TorrentEvent) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(event) }
    }

    // The network.

    private func look(_ id: TorrentID) throws(TorrentError) -> FakeTorrent {
        try locked { (state) throws(TorrentError) in
            if state.isClosed { throw TorrentError(.closed, "the engine is closed") }
            guard let torrent = state.torrents[id] else { throw TorrentError(.unknownTorrent, "no such torrent") }
            return torrent
        }
    }

    private func change(
        _ id: TorrentID, _ call: String, _ body: (inout FakeTorrent) -> Void
    ) throws(TorrentError) {
        try locked { (state) throws(TorrentError) in
            guard var torrent = state.torrents[id] else { throw TorrentError(.unknownTorrent, "no such torrent") }
            state.calls.append(call)
            body(&torrent)
            state.torrents[id] = torrent
        }
    }

    private func locked<Result>(_ body: (inout State) throws(TorrentError) -> Result) throws(TorrentError) -> Result {
        let result: Swift.Result<Result, TorrentError> = state.withLock { state in
            do throws(TorrentError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Moves some pieces.
    /// - Returns: false once it is closed.
    private func step() -> Bool {
        guard !state.withLock({ $0.isClosed }) else { return false }
        for (id, torrent) in state.withLock({ Array($0.torrents) }) where !torrent.isPaused && torrent.failure == nil {
            var peers = torrent.peers.subtracting(torrent.banned)
            if network.hasDiscovery, torrent.order.isPublic {
                peers.formUnion(network.ports.map { PeerAddress(host: "127.0.0.1", port: $0) })
            }
            peers.remove(address)
            peers.subtract(torrent.banned)
            if torrent.metainfo == nil {
                for peer in peers {
                    guard let metainfo = network.engine(at: peer.port)?.metainfo(for: torrent.hashes) else { continue }
                    open(id, metainfo)
                    tell(.metadata(id))
                    break
                }
                continue
            }
            for piece in torrent.missing.prefix(piecesPerStep) { fetch(piece, of: id, torrent, from: peers) }
            finish(id)
        }
        return true
    }

    private func fetch(_ piece: Int, of id: TorrentID, _ torrent: FakeTorrent, from peers: Set<PeerAddress>) {
        guard let metainfo = torrent.metainfo else { return }
        for peer in peers.sorted(by: { $0.port < $1.port }) {
            guard let bytes = network.engine(at: peer.port)?.take(piece, of: torrent.hashes) else { continue }
            guard FakeTorrent.isRight(bytes, piece, metainfo) else {
                state.withLock { state in
                    state.torrents[id]?.banned.insert(peer)
                    state.torrents[id]?.wasted += Int64(bytes.count)
                }
                tell(.wrongPiece(id, piece, peer: peer))
                continue
            }
            let isNew = state.withLock { state in
                guard let known = state.torrents[id], !known.pieces[piece], known.wants(piece),
                    (try? known.write(bytes, piece)) != nil
                else { return false }
                state.torrents[id]?.pieces[piece] = true
                state.torrents[id]?.received += Int64(bytes.count)
                return true
            }
            if isNew { tell(.piece(id, piece)) }
            return
        }
    }

    private func finish(_ id: TorrentID) {
        let hasJustFinished = state.withLock { state in
            guard let torrent = state.torrents[id], !torrent.hasFinished, torrent.missing.isEmpty else { return false }
            state.torrents[id]?.hasFinished = true
            return true
        }
        if hasJustFinished { tell(.finished(id)) }
    }
}
