package import Terminal
package import Transfer

/// Tells a progress display what a transfer reports.
package struct ProgressObserver: TransferObserver {
    let display: ProgressDisplay

    package init(display: ProgressDisplay) { self.display = display }

    package func began(_ item: TransferItem) {
        display.update { $0.begin(item.name, total: item.totalBytes) }
    }

    package func advanced(_ name: String, bytes: UInt64) {
        display.update { $0.advance(name, by: bytes) }
    }

    package func travelled(_ bytes: UInt64) {
        display.update { $0.travel(bytes) }
    }

    package func kept() { Interruption.noteKept() }

    package func travelledFromPeers(_ bytes: UInt64) {
        display.update { $0.travelFromPeers(bytes) }
    }

    package func warned(_ message: String) { display.note("warning: " + message) }

    package func finished(_ name: String, outcome: TransferOutcome) {
        let outcome: ProgressState.Outcome =
            switch outcome {
            case .transferred: .transferred
            case .alreadyPresent: .alreadyPresent
            case .failed: .failed
            }
        display.update { $0.finish(name, outcome) }
    }
}
