/// What is known about a running transfer of several files. A plain value: drawing is elsewhere.
public struct ProgressState: Sendable {
    /// One file under way.
    public struct Item: Sendable, Equatable {
        public var name: String
        public var total: UInt64
        public var completed: UInt64
        var order: Int
    }

    public enum Outcome: String, Sendable {
        case transferred
        case alreadyPresent = "already_present"
        case failed
    }

    /// A file that came to its end since somebody last asked.
    struct Ending: Sendable, Equatable {
        var name: String
        var total: UInt64
        var outcome: Outcome
    }

    /// Whether endings are kept until they are taken.
    var keepsEndings = false
    private var endings: [Ending] = []

    mutating func takeEndings() -> [Ending] {
        defer { endings = [] }
        return endings
    }

    private var active: [String: Item] = [:]
    private var begun = 0

    /// Files and bytes of everything begun so far.
    public private(set) var totalFiles = 0
    public private(set) var totalBytes: UInt64 = 0
    public private(set) var finishedFiles = 0
    public private(set) var failedFiles = 0
    /// Bytes done, those that were there already included.
    public private(set) var completedBytes: UInt64 = 0
    /// Bytes done by work in this run: what speed is measured on.
    public private(set) var workedBytes: UInt64 = 0
    public private(set) var networkBytes: UInt64 = 0
    /// Those of them that came from peers.
    public private(set) var peerBytes: UInt64 = 0

    public init() {}

    /// The files under way, longest running first.
    public var activeItems: [Item] { active.values.sorted { $0.order < $1.order } }

    public mutating func begin(_ name: String, total: UInt64) {
        // A file that begins again (a retry) starts over instead of counting twice.
        if let earlier = active.removeValue(forKey: name) {
            totalFiles -= 1
            totalBytes -= earlier.total
            completedBytes -= earlier.completed
        }
        active[name] = Item(name: name, total: total, completed: 0, order: begun)
        begun += 1
        totalFiles += 1
        totalBytes += total
    }

    public mutating func advance(_ name: String, by bytes: UInt64) {
        guard var item = active[name] else { return }
        let step = min(bytes, item.total - item.completed)
        item.completed += step
        active[name] = item
        completedBytes += step
        workedBytes += step
    }

    public mutating func travel(_ bytes: UInt64) { networkBytes += bytes }

    public mutating func travelFromPeers(_ bytes: UInt64) {
        networkBytes += bytes
        peerBytes += bytes
    }

    public mutating func finish(_ name: String, _ outcome: Outcome) {
        guard let item = active.removeValue(forKey: name) else { return }
        if keepsEndings { endings.append(Ending(name: name, total: item.total, outcome: outcome)) }
        if outcome == .failed {
            failedFiles += 1
        } else {
            finishedFiles += 1
            completedBytes += item.total - item.completed
        }
    }
}
