/// A file that a client of the local hub reads, or has read.
struct TransferRecord: Sendable {
    enum Outcome: String, Sendable { case done, failed, cancelled }

    let number: Int
    let name: String
    let size: UInt64
    let began: ContinuousClock.Instant
    /// Bytes of the file that are here.
    var done: UInt64 = 0
    var fromHub: UInt64 = 0
    var fromPeers: UInt64 = 0
    var fromDisk: UInt64 = 0
    var outcome: Outcome?
    var ended: ContinuousClock.Instant?

    init(number: Int, name: String, size: UInt64, began: ContinuousClock.Instant) {
        self.number = number
        self.name = name
        self.size = size
        self.began = began
    }

    /// Over its whole time.
    var bytesPerSecond: Double {
        let seconds = began.duration(to: ended ?? .now) / .seconds(1)
        return seconds > 0 ? Double(done) / seconds : 0
    }
}
