internal import HubClient

/// What the demo measured.
struct DemoFigures {
    struct Push {
        var name: String
        var result: PushResult
        var elapsed: Duration
    }

    struct Pull {
        var name: String
        var result: PullResult
        /// Bytes compared with the original.
        var bytes: UInt64
        var elapsed: Duration
    }

    struct Refusal {
        var message: String
        /// Files that were complete and verified before the damaged one was met.
        var visible: [String]
        var elapsed: Duration
    }

    var pushes: [Push] = []
    var pull: Pull?
    var refusal: Refusal?
    var recovery: Pull?
}
