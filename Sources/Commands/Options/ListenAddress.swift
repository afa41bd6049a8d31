internal import SwarmWire

/// Where to listen for peers, as people write it: a port, or `ADDRESS:PORT`; port 0 is any free one.
package struct ListenAddress: Sendable, Hashable {
    /// By default all addresses of this machine.
    package var host: String
    package var port: UInt16

    package init(host: String = "::", port: UInt16) {
        self.host = host
        self.port = port
    }

    package init?(_ text: String) {
        if let port = UInt16(text) {
            self.init(port: port)
            return
        }
        // No peer has port 0, so its address cannot say that.
        let isAnyPort = text.hasSuffix(":0")
        guard let address = PeerAddress(isAnyPort ? text.dropLast() + "1" : text[...]) else { return nil }
        self.init(host: address.host, port: isAnyPort ? 0 : address.port)
    }
}
