@testable import HubServer

/// Ways to break the scheme, each of which the model must catch.
enum StorageMutant: CaseIterable, Sendable {
    /// A shard is recorded without looking whether its xorbs are still there.
    case noCheckAtRegistration
    /// A commit is recorded without looking whether its files are still there.
    case noCheckAtCommit
    /// Objects are named by their content.
    case reusedKeys
    /// Xorbs are marked in one step and swept in a later one, which looks at nothing again.
    case markAndSweep
    /// A condemned xorb is looked at in one transaction and dropped in the next.
    case splitCheck
    /// An upload whose intent was collected goes on.
    case noIntentCheck
    /// The object of a doubtful xorb is replaced, and the old one deleted before its row lets go of it.
    case earlyDeletion
}

/// One xorb, some uploaders that each make a file of it and commit that, and a collector without any grace; every
/// step is one transaction or one change on disk. Decides by the hub's own ``StorageRules``.
struct StorageModel: Hashable {
    static let maximumUploaders = 3
    private static let attempts = 2

    enum Phase: UInt8, Hashable { case start, announced, put, admitted, registered, committed, deleted, gone }

    struct Uploader: Hashable {
        var phase = Phase.start
        var attempt: UInt8 = 0
        var hasFile = false
    }

    var uploaders: [Uploader]
    var row: StoredXorb<UInt8>?
    var objects: Set<UInt8> = []
    var intents: Set<UInt8> = []
    var trash: Set<UInt8> = []
    /// Objects that got their names after the collector had thrown their keys away. Should their uploader crash right
    /// then, nothing in the database names them; a check of the store finds them.
    var late: Set<UInt8> = []
    /// What the collector of a broken scheme remembers from an earlier step.
    var marked: UInt8?
    /// How often the collector may still doubt a sound object.
    var doubts: UInt8

    init(uploaders: Int, doubts: UInt8 = 1) {
        self.uploaders = Array(repeating: Uploader(), count: uploaders)
        self.doubts = doubts
    }

    /// What went wrong in this state, nil when all is well.
    var violation: String? {
        if uploaders.contains(where: { $0.phase == .committed && !$0.hasFile }) { return "a commit lacks its file" }
        guard uploaders.contains(where: { $0.phase == .committed && $0.hasFile }) else { return nil }
        guard let row else { return "a committed file lacks its xorb" }
        return objects.contains(row.key) ? nil : "a committed file's object is gone"
    }

    private var isUsed: Bool { uploaders.contains(where: \.hasFile) }

    // MARK: Steps

    /// All states that one step leads to.
    func successors(_ mutant: StorageMutant?) -> [StorageModel] {
        var next: [StorageModel] = []
        for index in uploaders.indices { next += steps(of: index, mutant) }
        return next + collectorSteps(mutant)
    }

    private func key(_ index: Int, _ mutant: StorageMutant?) -> UInt8 {
        mutant == .reusedKeys ? 0 : UInt8(index * Self.attempts) + uploaders[index].attempt + 1
    }

    private func with(_ change: (inout StorageModel) -> Void) -> StorageModel {
        var copy = self
        change(&copy)
        return copy
    }

    private func retrying(_ index: Int) -> StorageModel {
        with { model in
            model.uploaders[index].attempt += 1
            model.uploaders[index].phase = model.uploaders[index].attempt < Self.attempts ? .start : .gone
        }
    }

    private func steps(of index: Int, _ mutant: StorageMutant?) -> [StorageModel] {
        let own = key(index, mutant)
        let crash = with { $0.uploaders[index].phase = .gone }
        switch uploaders[index].phase {
        case .start:
            // Asks and is told, or remembers an answer of long ago, or uploads without asking.
            return [
                crash, with { $0.uploaders[index].phase = .admitted },
                with { model in
                    model.intents.insert(own)
                    model.uploaders[index].phase = .announced
                },
            ]
        case .announced:
            let put = with { model in
                model.objects.insert(own)
                if !intents.contains(own) { model.late.insert(own) }
                model.uploaders[index].phase = .put
            }
            return [crash, put]
        case .put:
            return [crash, admitted(index, own, mutant)]
        case .admitted:
            guard mutant != .noCheckAtRegistration else {
                return [crash, with { $0.recordFile(of: index) }]
            }
            guard let rows = StorageRules.register(on: [row], now: 0) else { return [crash, retrying(index)] }
            return [
                crash,
                with { model in
                    model.row = rows[0]
                    model.recordFile(of: index)
                },
            ]
        case .registered:
            guard uploaders[index].hasFile || mutant == .noCheckAtCommit else { return [crash, retrying(index)] }
            return [crash, with { $0.uploaders[index].phase = .committed }]
        case .committed:
            return [with { $0.uploaders[index].phase = .deleted }]
        case .deleted, .gone:
            return []
        }
    }

    private mutating func recordFile(of index: Int) {
        uploaders[index].hasFile = true
        uploaders[index].phase = .registered
    }

    private func admitted(_ index: Int, _ own: UInt8, _ mutant: StorageMutant?) -> StorageModel {
        let hasIntent = intents.contains(own) || mutant == .noIntentCheck
        switch StorageRules.admit(own, hasIntent: hasIntent, over: row, damaged: nil, now: 0) {
        case .refused:
            var next = retrying(index)
            next.trash.insert(own)
            return next
        case .stored(let stored, let replaced):
            return with { model in
                model.intents.remove(own)
                model.row = stored
                if let replaced { model.trash.insert(replaced) }
                model.uploaders[index].phase = .admitted
            }
        case .kept(let kept):
            return with { model in
                model.intents.remove(own)
                model.row = kept
                // An object that is named by its content is the very one that is kept.
                if kept.key != own { model.trash.insert(own) }
                model.uploaders[index].phase = .admitted
            }
        }
    }

    private func collectorSteps(_ mutant: StorageMutant?) -> [StorageModel] {
        var next: [StorageModel] = []
        for index in uploaders.indices where uploaders[index].hasFile && uploaders[index].phase != .committed {
            next.append(with { $0.uploaders[index].hasFile = false })
        }
        if let row {
            next += losses(of: row, mutant)
            if doubts > 0, !row.isBad {
                next.append(
                    with { model in
                        model.row?.isBad = true
                        model.doubts -= 1
                        if mutant == .earlyDeletion { model.trash.insert(row.key) }
                    })
            }
        }
        // On disk first, then in the trash; a crash lies between the two.
        for key in trash {
            next.append(with { $0.objects.remove(key) })
            if !objects.contains(key) { next.append(with { $0.trash.remove(key) }) }
        }
        for key in intents where StorageRules.expires(leaseUntil: 0, now: 0) {
            next.append(
                with { model in
                    model.intents.remove(key)
                    model.trash.insert(key)
                })
        }
        return next
    }

    private func losses(of row: StoredXorb<UInt8>, _ mutant: StorageMutant?) -> [StorageModel] {
        func dropped(_ key: UInt8) -> StorageModel {
            with { model in
                model.row = nil
                model.trash.insert(key)
                model.marked = nil
            }
        }
        switch mutant {
        case .markAndSweep:
            if let marked { return [dropped(marked)] }
            return isUsed ? [] : [with { $0.marked = row.key }]
        case .splitCheck where marked != nil:
            return marked.map { [dropped($0)] } ?? []
        default:
            var next: [StorageModel] = []
            if let condemned = StorageRules.condemn(row, isUsed: isUsed, cutoff: 0, now: 0) {
                next.append(with { $0.row = condemned })
            }
            if let key = StorageRules.drop(row, isUsed: isUsed, condemnedBefore: 0) {
                next.append(mutant == .splitCheck ? with { $0.marked = key } : dropped(key))
            }
            return next
        }
    }

    // MARK: Searches

    /// What a search came to.
    struct Outcome {
        var states: Int
        var violation: String?
    }

    /// Tries all interleavings.
    static func exhaust(uploaders: Int, doubts: UInt8 = 1, _ mutant: StorageMutant? = nil) -> Outcome {
        let first = StorageModel(uploaders: uploaders, doubts: doubts)
        var seen: Set<StorageModel> = [first]
        var waiting = [first]
        while let state = waiting.popLast() {
            if let violation = state.violation { return Outcome(states: seen.count, violation: violation) }
            for next in state.successors(mutant) where seen.insert(next).inserted {
                waiting.append(next)
            }
        }
        return Outcome(states: seen.count)
    }

    /// Takes random steps, as many as asked for, and returns the first violation.
    static func wander(
        uploaders: Int, steps: Int, _ mutant: StorageMutant?, using random: inout some RandomNumberGenerator,
    ) -> String? {
        var state = StorageModel(uploaders: uploaders, doubts: 3)
        for _ in 0..<steps {
            guard let next = state.successors(mutant).randomElement(using: &random) else {
                state = StorageModel(uploaders: uploaders, doubts: 3)
                continue
            }
            if let violation = next.violation { return violation }
            state = next
        }
        return nil
    }

    /// What is left once everybody has gone and the collector has run to its end.
    func settled() -> StorageModel {
        var state = self
        state.doubts = 0
        for index in state.uploaders.indices where state.uploaders[index].phase != .committed {
            state.uploaders[index].phase = .gone
        }
        while let next = state.collectorSteps(nil).first(where: { $0 != state }) { state = next }
        return state
    }
}
