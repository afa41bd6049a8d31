/// How many files go into one commit of a large push, and when a commit is due (the rules of Hugging Face's own
/// pipeline, hub-api §3.3): hubs time out on commits with too many files, and what is committed need not be read again
/// by a push that continues an interrupted one.
struct CommitPacing: Sendable {
    private static let steps = [20, 50, 75, 100, 125, 200, 250, 400, 600, 1000]
    /// Bytes of inline files in one commit.
    static let inlineBytes: UInt64 = 100 << 20
    /// Bytes of stored files that are uploaded before the clock is looked at again.
    static let storedBytes: UInt64 = 4 << 30
    /// A commit is made when the last one is this long ago.
    static let longestWait = Duration.seconds(300)
    private static let swift = Duration.seconds(40)

    private var step = 6

    /// Most files of the next commit.
    var files: Int { CommitPacing.steps[step] }

    /// Learns from a commit that was made.
    mutating func committed(files: Int, in time: Duration) {
        if time >= CommitPacing.swift {
            failed()
        } else if files >= self.files {
            step = min(step + 1, CommitPacing.steps.count - 1)
        }
    }

    /// Learns from a commit that the hub could not make.
    mutating func failed() { step = max(step - 1, 0) }
}
