import Foundation
import TestSupport

/// What a proxy has seen, call by call, in a form that is the same for every run.
///
/// One line is one request: method, target, `A` where it carried a token, `C` where it counts as a download, `i` where it
/// refuses compression, `R` where it asks for a range, and the status of the answer. `S` stands for a commit, `H` for
/// a hash; signatures and ids of sessions are left out.
struct RequestTrace {
    /// The calls in their order, with the lines of each.
    private(set) var calls: [(name: String, lines: [String])] = []

    /// - Parameter requests: in the order of arrival; `/mark/NAME` begins the call of that name.
    init(_ requests: [RecordedRequest]) {
        for request in requests {
            if request.target.hasPrefix("/mark/") {
                let name = String(request.target.dropFirst("/mark/".count))
                calls.append((name.removingPercentEncoding ?? name, []))
            } else if !calls.isEmpty {
                calls[calls.count - 1].lines.append(Self.line(request))
            }
        }
        for index in calls.indices { Self.order(&calls[index].lines) }
    }

    /// Plans of reconstruction and the data of xorbs come several at a time, in any order.
    private static func order(_ lines: inout [String]) {
        let isData = { (line: String) in line.contains("/reconstructions/") || line.hasPrefix("GET /data/xorbs/") }
        var start = 0
        while start < lines.count {
            let end = lines[start...].firstIndex { !isData($0) } ?? lines.count
            lines[start..<end].sort()
            start = end + 1
        }
    }

    /// - Parameter text: `# NAME` before the lines of each call.
    init(parsing text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                calls.append((String(line.dropFirst(2)), []))
            } else if !calls.isEmpty {
                calls[calls.count - 1].lines.append(String(line))
            }
        }
    }

    var text: String {
        calls.map { (["# " + $0.name] + $0.lines).joined(separator: "\n") }.joined(separator: "\n")
    }

    private static func line(_ request: RecordedRequest) -> String {
        var flags = ""
        if request.header("authorization") != nil { flags += "A" }
        if request.header("x-hf-download-counter") != nil { flags += "C" }
        if request.header("accept-encoding") == "identity" { flags += "i" }
        if request.header("range") != nil { flags += "R" }
        return [request.method, normalised(request.target), flags, request.status.map { "\($0)" } ?? "?"]
            .filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func normalised(_ target: String) -> String {
        // Python before 1.0 writes True and False.
        var text = target.replacing("=True", with: "=true").replacing("=False", with: "=false")
        if text.hasPrefix("/data/"), let query = text.firstIndex(of: "?") { text = String(text[..<query]) }
        text.replace(/\/(grants|grant)\/[\w-]+/) { "/\($0.output.1)/ID" }
        text.replace(/[0-9a-f]{64}(\.[0-9a-f]+)?/, with: "H")
        text.replace(/[0-9a-f]{40}/, with: "S")
        return text
    }
}
