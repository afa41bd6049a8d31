internal import HTTPTypes
internal import Hummingbird

/// Keeps pages of other sites away from a server of this machine: names that were bent to lead here (DNS rebinding), and
/// requests that a browser sends in somebody else's name.
struct RequestGate: Sendable {
    private let hosts: Set<String>

    init(port: Int) {
        let names = ["127.0.0.1", "localhost", "[::1]"]
        hosts = Set(names.map { "\($0):\(port)" } + (port == 80 ? names : []))
    }

    func check(_ request: Request) throws(AgentFailure) {
        guard let host = request.head.authority?.lowercased(), hosts.contains(host) else {
            throw .forbidden("the request is for another host than this machine's own address")
        }
        if let origin = request.headers[.origin] {
            guard origin.hasPrefix("http://"), hosts.contains(origin.dropFirst(7).lowercased()) else {
                throw .forbidden("pages of other sites are not answered")
            }
        }
        if let site = request.headers[.fetchSite], site != "same-origin", site != "none" {
            // A link to the page may stand anywhere; it shows nothing that its reader may not see.
            guard request.headers[.fetchMode] == "navigate", request.method == .get, request.uri.path == "/" else {
                throw .forbidden("pages of other sites are not answered")
            }
        }
    }
}

extension HTTPField.Name {
    /// Names that are tokens in any case.
    static func own(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .via }

    static let fetchSite = own("Sec-Fetch-Site")
    static let fetchMode = own("Sec-Fetch-Mode")
}
