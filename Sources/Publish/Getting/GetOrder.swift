package import PublishWire
package import SwarmWire

/// A torrent to be fetched, and what is to be made of it.
package struct GetOrder: Sendable {
    package enum Subject: Sendable {
        case metainfo(Metainfo)
        case magnet(MagnetLink)

        package var hashes: InfoHashes? {
            switch self {
            case .metainfo(let metainfo): metainfo.hashes
            case .magnet(let link): link.hashes
            }
        }
    }

    package var subject: Subject
    /// The link by which it was asked for, where its metainfo is known all the same.
    package var alias: MagnetLink?
    /// Whether the torrent is a file of this machine that the user has named, or was made here: then its web seeds may
    /// be on this site.
    package var isFromDisk = false
    /// The model that was asked for by its name: nothing else is taken.
    package var name: ModelName?
    /// The SHA-256 of the manifest, where the registry or the catalogue has told it.
    package var manifestHash: [UInt8]?
    /// The folder for the files; nil for one below that of all models.
    package var folder: String?
    package var include: [String] = []
    package var exclude: [String] = []
    /// Whether files of the destination that differ are replaced, whoever put them there.
    package var overwrites = false
    package var peers: [PeerAddress] = []
    /// Named by the user, as the web seeds are; those of the torrent and the link come besides.
    package var trackers: [String] = []
    /// Asked wherever they lead.
    package var webSeeds: [String] = []
    /// Whether trackers count that the torrent or the link names.
    package private(set) var usesForeignTrackers = true
    /// Whether the DHT, PEX and local discovery may know of it.
    package var isPublic = true
    /// Whether hubs that the manifest names are asked too.
    package var usesHubs = true
    /// Whether the model is to be given away afterwards.
    package var seeds = true
    /// How long nothing may come; nil waits for ever.
    package var timeout: Duration?
    /// Whose signature the manifest must have: a fingerprint, its short form, or at least eight characters of it.
    package var publisher: String?
    /// The version that it must be, where something else than a name says what to get.
    package var version: String?
    /// Whether something was asked for that only a manifest can show.
    var needsManifest: Bool { manifestHash != nil || publisher != nil || version != nil }

    package init(_ subject: Subject) {
        self.subject = subject
    }

    /// The link by which it was asked for.
    package var link: MagnetLink? {
        if case .magnet(let link) = subject { link } else { alias }
    }

    /// Leaves out the trackers that the torrent or the link names.
    package mutating func leaveOutForeignTrackers() {
        usesForeignTrackers = false
        alias?.trackers = []
        guard case .magnet(var link) = subject else { return }
        link.trackers = []
        subject = .magnet(link)
    }
}

/// What a download has come to.
package struct GetResult: Sendable {
    /// What proves the files.
    package enum Proof: String, Sendable {
        /// A signed manifest.
        case signed
        /// A manifest that nobody has signed.
        case unsigned
        /// The torrent alone.
        case pieces
    }

    package struct File: Sendable, Hashable {
        package enum Outcome: String, Sendable {
            case transferred
            case alreadyPresent = "already_present"
        }

        package var path: String
        package var size: Int64
        package var outcome: Outcome
    }

    package var hashes: InfoHashes
    /// What it is in the registry; nil when it is not there, for only some files were wanted.
    package var entry: RegistryEntry?
    package var name: String
    package var folder: String
    package var files: [File]
    package var proof: Proof
    package var manifest: ModelManifest?
    package var publisher: PublisherKey?
    package var verdict: TrustBook.Verdict?
    /// Whether the publisher is who publishes on this machine.
    package var isOwn = false
    /// How it compares with the hub that its manifest names; nil where no hub was asked.
    package var hubCheck: HubCheck.Outcome?
    /// Bytes that peers sent.
    package var fromPeers: Int64
    package var fromSources: [SourceKind: Int64]
    /// Bytes that were there from an earlier run.
    package var resumed: Int64
    /// The most peers at once.
    package var peers: Int
    package var elapsed: Duration
}

/// How a download stands, for those who show it.
package struct GetProgress: Sendable, Hashable {
    package enum Phase: String, Sendable {
        case waiting, metadata, checking, manifest, downloading, verifying, placing, done
    }

    package var phase = Phase.waiting
    package var name: String?
    package var version: String?
    package var hashes: InfoHashes?
    package var total: Int64 = 0
    package var done: Int64 = 0
    package var fromPeers: Int64 = 0
    package var fromSources: [SourceKind: Int64] = [:]
    package var given: Int64 = 0
    package var downloadRate = 0
    package var uploadRate = 0
    package var peers = 0
    package var seeders = 0

    package init() {}
}

extension PublishError.Code {
    /// Nothing came for as long as the user wants to wait.
    package static let timedOut = PublishError.Code(rawValue: "timed_out")
    /// Patterns that leave no file, or name files that are not there.
    package static let noMatch = PublishError.Code(rawValue: "no_match")
    /// Files that are not what the manifest says.
    package static let wrongContent = PublishError.Code(rawValue: "wrong_content")
    /// Something else than was asked for.
    package static let otherModel = PublishError.Code(rawValue: "other_model")
    /// Nobody tells of a model of this name.
    package static let notFound = PublishError.Code(rawValue: "not_found")
    /// The DHT is needed, and switched off.
    package static let dhtOff = PublishError.Code(rawValue: "dht_off")
    /// What Shoal never does.
    package static let refused = PublishError.Code(rawValue: "refused")
}
