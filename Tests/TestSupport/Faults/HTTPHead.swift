/// The first line and the headers of an HTTP/1.1 message.
struct HTTPHead {
    var startLine: String
    var headers: [(name: String, value: String)]

    var method: String { String(startLine.split(separator: " ").first ?? "") }
    var target: String { startLine.split(separator: " ").dropFirst().first.map(String.init) ?? "/" }
    /// Of a response.
    var status: Int { startLine.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }

    subscript(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }

    enum Body {
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    var requestBody: Body {
        if self["transfer-encoding"]?.lowercased().contains("chunked") == true { return .chunked }
        return .length(self["content-length"].flatMap { Int($0) } ?? 0)
    }

    func responseBody(toMethod method: String) -> Body {
        if method == "HEAD" || status == 204 || status == 304 || status < 200 { return .none }
        if self["transfer-encoding"]?.lowercased().contains("chunked") == true { return .chunked }
        return self["content-length"].flatMap { Int($0) }.map { .length($0) } ?? .untilClose
    }

    var bytes: [UInt8] {
        Array((startLine + "\r\n" + headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n").utf8)
    }

    mutating func set(_ name: String, _ value: String?) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { headers.append((name, value)) }
    }

    init(startLine: String, headers: [(name: String, value: String)]) {
        self.startLine = startLine
        self.headers = headers
    }

    init(parsing text: String) {
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)
        startLine = lines.isEmpty ? "" : String(lines.removeFirst())
        headers = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            return (String(parts[0]), String(value))
        }
    }
}
