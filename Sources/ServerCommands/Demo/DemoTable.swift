import Foundation
internal import HubClient
internal import Terminal

/// What the demo prints at its end.
struct DemoTable {
    let figures: DemoFigures
    let folder: DemoFolder
    let endpoint: String
    let isKept: Bool

    var lines: [String] {
        var lines = [""] + pushes + [""] + pulls + [""] + safety + [""]
        lines += isKept ? keptPlaces : removedPlaces
        return lines
    }

    private var pushes: [String] {
        var table = TextTable([
            .init("PUSH"), .init("SIZE", .right), .init("NEW", .right), .init("DEDUPLICATED", .right),
            .init("SENT", .right), .init("XORBS", .right), .init("TIME", .right),
        ])
        for push in figures.pushes {
            let result = push.result
            let share = percent(result.dedupedBytes, of: result.totalBytes)
            table.append(
                push.name, ByteText.size(result.totalBytes), ByteText.size(result.newBytes),
                "\(ByteText.size(result.dedupedBytes)) (\(share))", ByteText.size(result.sentBytes), "\(result.xorbs)",
                DurationText.elapsed(push.elapsed))
        }
        return table.lines()
    }

    private var pulls: [String] {
        var table = TextTable([
            .init("PULL"), .init("SIZE", .right), .init("RECEIVED", .right), .init("KEPT", .right),
            .init("VERIFIED", .right), .init("TIME", .right),
        ])
        for (note, pull) in [("", figures.pull), (", after the damage", figures.recovery)] {
            guard let pull else { continue }
            let statistics = pull.result.statistics
            table.append(
                pull.name + note, ByteText.size(pull.bytes), ByteText.size(statistics.networkBytes),
                ByteText.size(statistics.resumedBytes + statistics.reusedBytes), "every byte",
                DurationText.elapsed(pull.elapsed))
        }
        return table.lines()
    }

    private var safety: [String] {
        guard let refusal = figures.refusal else { return [] }
        let others =
            refusal.visible.isEmpty
            ? "nothing became visible"
            : "visible were only whole, verified files: \(refusal.visible.joined(separator: ", "))"
        return [
            "One flipped byte in the hub's store: the pull refused it after "
                + "\(DurationText.elapsed(refusal.elapsed)); \(others)."
        ]
    }

    private var keptPlaces: [String] {
        var table = TextTable([.init(), .init()])
        table.append("hub", endpoint)
        table.append("folder", folder.root.path)
        if let pull = figures.pull { table.append("snapshot", pull.result.path) }
        let token = "HF_ENDPOINT=\(endpoint) HF_TOKEN_PATH=\(folder.token.path)"
        return table.lines() + [
            "",
            "Download from this hub with Hugging Face's own client:",
            "  HF_ENDPOINT=\(endpoint) hf download demo/tiny-llama",
            "or upload to it:",
            "  \(token) hf upload demo/my-model ./folder",
            "",
            "The hub runs until Ctrl-C. Start it again with:",
            "  shoal hub serve --data \(folder.hubData.path)",
            "and remove everything with:",
            "  rm -r \(folder.root.path)",
        ]
    }

    private var removedPlaces: [String] {
        [
            "The hub was at \(endpoint) with its data in \(folder.hubData.path); both are gone now.",
            "Keep them with `shoal demo --keep`; then Hugging Face's own client downloads from it:",
            "  HF_ENDPOINT=\(endpoint) hf download demo/tiny-llama",
        ]
    }

    private func percent(_ part: UInt64, of whole: UInt64) -> String {
        guard whole > 0 else { return "0 %" }
        let tenths = Int(Double(part) / Double(whole) * 1000)
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
