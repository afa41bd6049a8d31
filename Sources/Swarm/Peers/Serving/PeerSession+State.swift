internal import SwarmWire
internal import Synchronization

extension PeerSession {
    /// What a request that is being answered has become.
    enum Standing {
        case wanted
        case cancelled
    }

    /// Notes a request of the peer.
    /// - Returns: false if a request with this number is still open.
    func begin(_ id: UInt32) -> Bool { state.withLock { $0.open.insert(id).inserted } }

    /// Ends a request: it is being answered now, and never again.
    /// - Returns: nil if it was answered before, or the peer is gone.
    func finish(_ id: UInt32) -> Standing? {
        state.withLock { state in
            guard state.open.remove(id) != nil else { return nil }
            return state.cancelled.remove(id) != nil ? .cancelled : .wanted
        }
    }

    func isWanted(_ id: UInt32) -> Bool {
        state.withLock { $0.open.contains(id) && !$0.cancelled.contains(id) }
    }

    /// Notes that the peer asks about a file.
    /// - Returns: false if it must not.
    func begin(_ tag: UInt32, _ interest: Interest, limits: PeerLimits) -> Bool {
        state.withLock { state in
            // What was ended at once is still in the queue: it counts, or the queue would have no end.
            guard state.interests[tag] == nil, state.interests.count < limits.files,
                state.unanswered < 2 * limits.files, state.tags[interest.id, default: 0] < limits.tagsPerFile
            else { return false }
            state.interests[tag] = interest
            state.tags[interest.id, default: 0] += 1
            state.unanswered += 1
            return true
        }
    }

    func end(_ tag: UInt32) {
        state.withLock { state in
            guard let interest = state.interests.removeValue(forKey: tag) else { return }
            let left = state.tags[interest.id, default: 1] - 1
            state.tags[interest.id] = left > 0 ? left : nil
        }
    }

    /// The interest that is to be looked up now; nil if the peer has ended it.
    func takeUnanswered(_ tag: UInt32) -> Interest? {
        state.withLock { state in
            state.unanswered -= 1
            return state.interests[tag]
        }
    }

    /// The file of a tag, if the peer may ask for it.
    func file(_ tag: UInt32) -> FileKey? { state.withLock { $0.interests[tag]?.file } }

    /// The peer's tag for a file that it has proven to know.
    func tag(of file: FileKey) -> UInt32? {
        state.withLock { state in state.interests.first { $0.value.file == file }?.key }
    }

    /// Whether the peer was told that there is something of a file.
    func isTold(_ tag: UInt32) -> Bool { state.withLock { $0.interests[tag]?.told != nil } }

    /// The files that the peer asks about and has been told of, each under the first of its tags.
    var sharedFiles: [FileKey: UInt32] {
        state.withLock { state in
            var files: [FileKey: UInt32] = [:]
            for (tag, interest) in state.interests where interest.told != nil {
                if let file = interest.file { files[file] = min(tag, files[file] ?? tag) }
            }
            return files
        }
    }

    enum Admission {
        case ask
        /// Goes on when the file was looked up.
        case later
        case unknownTag
    }

    /// Whether a request about a tag may be queued.
    func admit(_ job: PeerJob, tag: UInt32, limit: Int) -> Admission {
        state.withLock { state in
            guard let interest = state.interests[tag] else { return .unknownTag }
            guard !interest.isResolved, interest.waiting.count < limit else { return .ask }
            state.interests[tag]?.waiting.append(job)
            return .later
        }
    }

    func takeWaiting(_ tag: UInt32) -> [PeerJob] {
        state.withLock { state in
            state.interests[tag]?.isResolved = true
            let waiting = state.interests[tag]?.waiting ?? []
            state.interests[tag]?.waiting = []
            return waiting
        }
    }

    /// Notes what there is of a file now, and tells the peer what it does not know yet. Not to be called on the
    /// connection's event loop: the message is handed over under the lock, so that news keep their order.
    func settle(_ tag: UInt32, file: FileKey?, holding: SeedHolding?) {
        state.withLock { state in
            if let message = Self.note(&state, tag, file, holding, binding) { send(message) }
        }
    }

    private static func note(
        _ state: inout State, _ tag: UInt32, _ file: FileKey?, _ holding: SeedHolding?, _ binding: ConnectionBinding?
    ) -> SwarmMessage? {
        guard var interest = state.interests[tag], let binding else { return nil }
        let wasTold = interest.told
        let isFirst = !interest.isResolved
        interest.file = file
        interest.told = holding?.ranges
        let wasToldOfManifest = interest.toldOfManifest
        interest.toldOfManifest = holding?.hasManifest ?? false
        state.interests[tag] = interest
        guard let file, let holding else {
            return isFirst || wasTold != nil ? .absent(tag: tag) : nil
        }
        if let wasTold, wasToldOfManifest == holding.hasManifest, wasTold.subtracting(holding.ranges).isEmpty {
            let more = holding.ranges.subtracting(wasTold)
            return more.isEmpty ? nil : .have(tag: tag, chunks: more)
        }
        let isWhole = holding.ranges == ChunkRanges(0..<holding.chunkCount)
        return .available(
            SwarmMessage.Availability(
                tag: tag, size: holding.size, chunkCount: holding.chunkCount,
                chunks: isWhole ? nil : holding.ranges, hasManifest: holding.hasManifest,
                proof: file.proof(by: .answering, on: binding)))
    }
}
