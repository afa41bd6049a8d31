/// The frames of a BitTorrent connection after the handshake: length (4 bytes), message number, content (BEP 3).
public enum PeerMessage {
    /// Bytes of the length.
    public static let lengthSize = 4
    public static let unchoke: UInt8 = 1
    public static let interested: UInt8 = 2
    /// The message of extensions: its content starts with the extension's number, 0 for the handshake (BEP 10).
    public static let extended: UInt8 = 20

    /// An empty frame, which says only that the connection is alive.
    public static var keepAlive: [UInt8] { [0, 0, 0, 0] }

    /// A frame without content.
    public static func plain(_ number: UInt8) -> [UInt8] { [0, 0, 0, 1, number] }

    /// The start of an extension's frame: length, 20, and the number that the receiver gave the extension.
    /// - Parameter size: bytes that follow.
    package static func extendedHead(_ number: UInt8, size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt32(truncatingIfNeeded: size + 2))
        bytes.append(extended)
        bytes.append(number)
        return bytes
    }

    /// An extension's whole frame.
    package static func extended(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        extendedHead(number, size: content.count) + content
    }
}
