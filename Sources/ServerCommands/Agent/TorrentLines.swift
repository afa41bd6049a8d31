internal import HubWire
internal import Terminal

/// The part of `shoal status` that is about torrents.
enum TorrentLines {
    /// Transfers that are shown; the dashboard and `--json` have more.
    private static let most = 12

    static func lines(_ torrents: JSONValue?) -> [String] {
        guard let torrents else { return [] }
        guard torrents["available"] == .bool(true) else {
            return ["torrents    none: \(TextWidth.printable(torrents["reason"]?.text ?? "unknown"))"]
        }
        let engine = torrents["engine"]?.text.map { " (\($0))" } ?? ""
        var lines = [
            "torrents    \(whole(torrents["active"])) of \(whole(torrents["count"])) active, "
                + "\(whole(torrents["peers"])) peers, port \(whole(torrents["port"]))\(engine)",
            "            \(size(torrents["given_bytes"])) given at \(size(torrents["upload_rate"]))/s, "
                + "\(size(torrents["received_bytes"])) received at \(size(torrents["download_rate"]))/s, "
                + "\(whole(torrents["dht_nodes"])) DHT nodes",
        ]
        guard case .array(let transfers) = torrents["transfers"] else { return lines }
        let current = transfers.filter { !["completed", "cancelled"].contains($0["status"]?.text) }
        lines += current.prefix(most).map(line)
        if current.count > most { lines.append("            and \(current.count - most) more") }
        return lines
    }

    private static func line(_ transfer: JSONValue) -> String {
        let name = (transfer["model_name"]?.text ?? "") + (transfer["version"]?.text.map { "@" + $0 } ?? "")
        var words = ["  \(transfer["id"]?.text ?? "") \(name): \(transfer["phase"]?.text ?? "")"]
        if transfer["type"]?.text == "download" {
            words.append("\(size(transfer["bytes_transferred"])) of \(size(transfer["total_bytes"]))")
            if whole(transfer["download_rate"]) > 0 { words.append("\(size(transfer["download_rate"]))/s") }
        } else {
            words.append("\(size(transfer["given_bytes"])) given (ratio \(decimal(transfer["ratio"])))")
            if whole(transfer["upload_rate"]) > 0 { words.append("\(size(transfer["upload_rate"]))/s") }
        }
        if whole(transfer["peers"]) > 0 { words.append("\(whole(transfer["peers"])) peers") }
        if let error = transfer["error"]?.text { words.append(error) }
        return TextWidth.printable(words.joined(separator: ", "))
    }

    private static func whole(_ value: JSONValue?) -> UInt64 { StatusNumber.whole(value) }
    private static func size(_ value: JSONValue?) -> String { ByteText.size(whole(value)) }

    private static func decimal(_ value: JSONValue?) -> String {
        let number: Double =
            switch value {
            case .number(let number): number
            case .integer(let number): Double(number)
            default: 0
            }
        let hundredths = Int((min(max(number, 0), 1e12) * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}

/// Numbers of the status document.
enum StatusNumber {
    static func whole(_ value: JSONValue?) -> UInt64 {
        switch value {
        case .integer(let number): UInt64(max(0, number))
        case .number(let number): UInt64(max(0, min(number, 1e18)))
        default: 0
        }
    }
}
