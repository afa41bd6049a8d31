package import PublishWire
package import SwarmWire

/// What moves torrents, and speaks to the mainline DHT. One process has one.
///
/// The only implementation is ``Libtorrent``; tests of what stands above take one of their own.
package protocol TorrentEngine: Sendable {
    /// Hashes files into a torrent. Nothing is written to disk.
    /// - Parameter progress: told bytes hashed so far, from any thread.
    /// - Returns: the bytes of the `.torrent`.
    func make(
        _ plan: TorrentPlan, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(TorrentError) -> [UInt8]

    /// Begins a torrent. One that is there already keeps what it has, and its id is returned; a magnet link to one is
    /// refused with ``TorrentError/Code/busy``.
    func add(_ order: TorrentOrder) async throws(TorrentError) -> TorrentID
    func status(of torrent: TorrentID) async throws(TorrentError) -> TorrentStatus
    func torrents() async -> [TorrentID]
    /// The `.torrent` of one that was begun by a magnet link; waits until a peer has told it. Piece layers (v2) are
    /// missing from it before the files are there.
    func metainfo(of torrent: TorrentID) async throws(TorrentError) -> [UInt8]
    func pause(_ torrent: TorrentID) async throws(TorrentError)
    func resume(_ torrent: TorrentID) async throws(TorrentError)
    /// Ends it and forgets it. Files stay.
    func remove(_ torrent: TorrentID) async throws(TorrentError)
    /// What spares checking the files again after a restart, for ``TorrentOrder/resumeData``.
    func resumeData(of torrent: TorrentID) async throws(TorrentError) -> [UInt8]
    /// Checks all files on disk again.
    func recheck(_ torrent: TorrentID) async throws(TorrentError)
    /// Whether peers are asked for the pieces from the first to the last, instead of the rarest first: then files can be
    /// hashed while they come. Not for a swarm in which others wait for pieces too.
    func setInOrder(_ inOrder: Bool, of torrent: TorrentID) async throws(TorrentError)
    /// Which files are wanted, by their place in the metainfo. Pad files are ignored. Begins the download of a torrent
    /// that was begun by a magnet link.
    func setWanted(_ files: [Bool], of torrent: TorrentID) async throws(TorrentError)
    /// Bytes that are there of each file, by place in the metainfo.
    func fileProgress(of torrent: TorrentID) async throws(TorrentError) -> [Int64]
    /// Which pieces are there.
    func pieces(of torrent: TorrentID) async throws(TorrentError) -> [Bool]
    /// Hands in a whole piece from elsewhere, with the zeros of pads in it; it is hashed, and written when it is right.
    /// Returns when it has been written or refused; to wait no longer, cancel the task.
    /// - Returns: whether it was right.
    func give(_ bytes: [UInt8], as piece: Int, to torrent: TorrentID) async throws(TorrentError) -> Bool
    /// Dials a peer.
    func connect(_ torrent: TorrentID, to peer: PeerAddress) async throws(TorrentError)
    /// Bytes per second of all torrents together; 0 is no limit.
    func setLimits(download: Int, upload: Int) async

    /// Where it listens for peers.
    var port: UInt16 { get async }
    /// What happens, from now on, until the stream is let go of.
    func events() -> AsyncStream<TorrentEvent>

    // The DHT.

    /// Nodes known, 0 where the DHT is off.
    var nodeCount: Int { get async }
    /// Tells of a node that is part of the same DHT.
    func addNode(_ address: PeerAddress) async
    /// Puts a signed item (BEP 44) at the nodes nearest to it. It must fit: ``SignedItem/largestValue``.
    /// - Returns: how many nodes took it. Fewer than 4 means that it is not published.
    func put(_ item: SignedItem) async throws(TorrentError) -> Int
    /// Asks for a mutable item. Each value of a higher sequence number than those before is told at once; the stream
    /// ends when all nodes near it were asked, or after `timeout`. Signatures were checked.
    func items(
        key: [UInt8], salt: [UInt8], timeout: Duration
    ) -> AsyncStream<SignedItem>
    /// Tells the DHT, once, that somebody listens here who has what `id` (20 bytes) names.
    func announce(_ id: [UInt8], port: UInt16) async
    /// Who has said so.
    func lookUp(_ id: [UInt8], timeout: Duration) -> AsyncStream<[PeerAddress]>

    /// Says goodbye to trackers and ends; at most `grace` is waited.
    func close(grace: Duration) async
}

/// A torrent of one engine.
package struct TorrentID: Hashable, Sendable {
    package let value: UInt32

    package init(_ value: UInt32) {
        self.value = value
    }
}

/// What a new torrent is made of.
package struct TorrentPlan: Sendable {
    package enum Format: String, Sendable, CaseIterable { case hybrid, v2, v1 }

    /// One file: its path in the torrent, below the folder, and where it lies.
    package struct File: Sendable {
        package var path: [String]
        package var source: String
        package var size: Int64

        package init(path: [String], source: String, size: Int64) {
            self.path = path
            self.source = source
            self.size = size
        }
    }

    /// The folder that other clients make.
    package var name: String
    /// In the order of the torrent; for v2 it must be that of the paths (the engine sorts).
    package var files: [File]
    package var format = Format.hybrid
    /// A power of two from 16 KiB to 64 MiB; nil is chosen by size: 1 MiB up to 4 GiB, 4 MiB up to 40, 16 MiB above.
    package var pieceLength: Int?
    package var trackers: [String] = []
    package var webSeeds: [String] = []
    package var comment: String?
    package var creator: String?

    package init(name: String, files: [File]) {
        self.name = name
        self.files = files
    }
}

/// A torrent to begin.
package struct TorrentOrder: Sendable {
    package enum Subject: Sendable {
        /// Validated bytes of a `.torrent`.
        case metainfo([UInt8])
        /// Its files are not taken, and nothing of it comes to the disk, before ``TorrentEngine/setWanted(_:of:)`` says
        /// which: what a peer tells of them (``TorrentEngine/metainfo(of:)``) is to be validated first.
        case magnet(MagnetLink)
    }

    package var subject: Subject
    /// The folder in which the torrent's own folder is made.
    package var folder: String
    /// Where files lie that lie elsewhere: absolute paths by place in the metainfo.
    package var places: [Int: String] = [:]
    /// Whether all files are there and right, as far as is known: nothing is checked before it is given away; a piece
    /// that proves wrong then starts a check. Its files are never written to, whatever is found.
    package var isSeed = false
    package var startsPaused = false
    package var resumeData: [UInt8]?
    /// Wanted files by place in the metainfo; all when nil.
    package var wanted: [Bool]?
    /// Those of the wanted files that are asked for before all others, until ``TorrentEngine/setWanted(_:of:)``.
    package var urgent: Set<Int> = []
    package var peers: [PeerAddress] = []
    package var trackers: [String] = []
    /// Only servers that never redirect to addresses that expire; others are asked in Swift.
    package var webSeeds: [String] = []
    /// Whether the DHT, PEX and local discovery may know of it.
    package var isPublic = true
    /// Whether local discovery may know of one that is not public.
    package var isLocal = false

    package init(_ subject: Subject, folder: String) {
        self.subject = subject
        self.folder = folder
    }
}

package struct TorrentStatus: Sendable {
    package enum Phase: String, Sendable { case metadata, checking, downloading, finished, seeding, paused, failed }

    package var hashes: InfoHashes
    package var phase: Phase
    package var name: String?
    /// Bytes of what is wanted, and how many of them are there, verified; pads count in neither.
    package var wanted: Int64 = 0
    package var done: Int64 = 0
    /// Bytes received and given since it began, payload alone.
    package var received: Int64 = 0
    package var given: Int64 = 0
    package var downloadRate = 0
    package var uploadRate = 0
    package var peers = 0
    package var seeds = 0
    /// Pieces that failed their hash, in bytes.
    package var wasted: Int64 = 0
    package var failure: String?

    package init(hashes: InfoHashes, phase: Phase) {
        self.hashes = hashes
        self.phase = phase
    }
}

/// What an engine tells.
package enum TorrentEvent: Sendable {
    case metadata(TorrentID)
    case checked(TorrentID)
    /// A piece is on disk and right.
    case piece(TorrentID, Int)
    case wrongPiece(TorrentID, Int, peer: PeerAddress?)
    /// All that is wanted is there.
    case finished(TorrentID)
    case failed(TorrentID, TorrentError)
    /// A tracker or web seed answered with an error.
    case complaint(TorrentID, String)
    case announced(TorrentID, tracker: String, peers: Int)
}

package struct TorrentError: Error, Sendable, Hashable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
        package let rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        package var description: String { rawValue }

        /// Shoal was built without libtorrent.
        package static let noEngine = Code(rawValue: "no_engine")
        package static let invalidTorrent = Code(rawValue: "invalid_torrent")
        package static let unknownTorrent = Code(rawValue: "unknown_torrent")
        package static let storage = Code(rawValue: "storage")
        package static let diskFull = Code(rawValue: "disk_full")
        package static let network = Code(rawValue: "network")
        package static let closed = Code(rawValue: "closed")
        package static let timedOut = Code(rawValue: "timed_out")
        package static let cancelled = Code(rawValue: "cancelled")
        /// The torrent is there already, for another purpose.
        package static let busy = Code(rawValue: "busy")
    }

    package var code: Code
    /// One sentence: what is wrong.
    package var message: String
    /// What the user can do.
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(message) (\(code))" }
}
