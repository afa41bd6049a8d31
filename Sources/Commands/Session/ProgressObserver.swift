internal import Terminal
internal import Transfer

/// Tells a progress display what a transfer reports.
struct ProgressObserver: TransferObserver {
    let display: ProgressDisplay

    func began(_ item: TransferItem) {
        display.update { $0.begin(item.name, total: item.totalBytes) }
    }

    func advanced(_ name: String, bytes: UInt64) {
        display.update { $0.advance(name, by: bytes) }
    }

    func travelled(_ bytes: UInt64) {
        display.update { $0.travel(bytes) }
    }

    func kept() { Interruption.noteKept() }

    func travelledFromPeers(_ bytes: UInt64) {
        display.update { $0.travelFromPeers(bytes) }
    }

    func warned(_ message: String) { display.note("warning: " + message) }

    func finished(_ name: String, outcome: TransferOutcome) {
        let outcome: ProgressState.Outcome =
            switch outcome {
            case .transferred: .transferred
            case .alreadyPresent: .alreadyPresent
            case .failed: .failed
            }
        display.update { $0.finish(name, outcome) }
    }
}
