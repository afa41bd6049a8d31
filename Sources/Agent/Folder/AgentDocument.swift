internal import Foundation

/// What a running agent says about itself in its folder.
package struct AgentDocument: Codable, Sendable, Hashable {
    package var pid: Int32
    /// Where it answers, such as `http://127.0.0.1:9847`.
    package var url: String
    package var httpPort: Int
    /// Where peers come in; 0 when they do not.
    package var peerPort: Int
    package var version: String

    enum CodingKeys: String, CodingKey {
        case pid, url, version
        case httpPort = "http_port"
        case peerPort = "bt_port"
    }

    package init(pid: Int32, httpPort: Int, peerPort: Int, version: String) {
        self.pid = pid
        url = "http://127.0.0.1:\(httpPort)"
        self.httpPort = httpPort
        self.peerPort = peerPort
        self.version = version
    }

    /// What an agent has left in a folder; whether it still runs is told by its lock.
    package init?(in folder: AgentFolder) {
        guard let bytes = SmallFile.read(folder.documentFile),
            let document = try? JSONDecoder().decode(AgentDocument.self, from: Data(bytes))
        else { return nil }
        self = document
    }

    func write(to folder: AgentFolder) throws(AgentError) {
        try SmallFile.write(Array(AgentJSON.bytes(self)), to: folder.documentFile)
    }
}
