import Foundation

/// A blocking TCP connection that reads HTTP/1.1 messages. Each belongs to one thread.
final class StreamSocket {
    let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var filled = 0..<0

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    static func connect(port: Int) throws -> StreamSocket {
        let descriptor = socket(AF_INET, streamType, 0)
        var address = loopback(port: port)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(descriptor)
            throw TestFailure("cannot connect to port \(port): \(errnoText())")
        }
        return StreamSocket(descriptor: descriptor)
    }

    /// The next message's head, nil where the peer has closed.
    func readHead() throws -> HTTPHead? {
        var text: [UInt8] = []
        while true {
            guard let byte = try readByte() else {
                if text.isEmpty { return nil }
                throw TestFailure("the connection closed inside a message head")
            }
            text.append(byte)
            if text.count >= 4, text.suffix(4).elementsEqual([13, 10, 13, 10]) {
                return HTTPHead(parsing: String(decoding: text, as: UTF8.self))
            }
            guard text.count < 1 << 20 else { throw TestFailure("a message head of more than 1 MiB") }
        }
    }

    /// Hands the decoded body over, piece by piece. Where `isWhole` matters to the caller: a body with a length or chunks
    /// that ends early throws.
    func readBody(_ body: HTTPHead.Body, _ take: (ArraySlice<UInt8>) throws -> Void) throws {
        switch body {
        case .none: break
        case .length(let length): try readBytes(length, take)
        case .untilClose:
            while let piece = try readSome(limit: .max) { try take(piece) }
        case .chunked:
            while true {
                let size = Int(try readLine().prefix { $0 != ";" }, radix: 16) ?? 0
                if size == 0 { break }
                try readBytes(size, take)
                _ = try readLine()
            }
            while try !readLine().isEmpty {}
        }
    }

    func write(_ bytes: some Sequence<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
            guard sent > 0 else { throw TestFailure("the peer closed the connection: \(errnoText())") }
            rest = rest.dropFirst(sent)
        }
    }

    /// Exactly this many bytes.
    func readExactly(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try readBytes(count) { bytes += $0 }
        return bytes
    }

    private func readBytes(_ count: Int, _ take: (ArraySlice<UInt8>) throws -> Void) throws {
        var left = count
        while left > 0 {
            guard let piece = try readSome(limit: left) else { throw TestFailure("the body ended \(left) bytes early") }
            try take(piece)
            left -= piece.count
        }
    }

    private func readLine() throws -> String {
        var line: [UInt8] = []
        while let byte = try readByte() {
            if byte == 10 { return String(decoding: line.filter { $0 != 13 }, as: UTF8.self) }
            line.append(byte)
        }
        throw TestFailure("the connection closed inside a line")
    }

    private func readByte() throws -> UInt8? {
        try readSome(limit: 1)?.first
    }

    private func readSome(limit: Int) throws -> ArraySlice<UInt8>? {
        if filled.isEmpty {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else {
                if count == 0 { return nil }
                throw TestFailure("receive failed: \(errnoText())")
            }
            filled = 0..<count
        }
        let taken = filled.lowerBound..<min(filled.upperBound, filled.lowerBound &+ min(limit, filled.count))
        filled = taken.upperBound..<filled.upperBound
        return buffer[taken]
    }
}

#if canImport(Darwin)
    let streamType = SOCK_STREAM
    private let noSignal: Int32 = 0
#else
    let streamType = Int32(SOCK_STREAM.rawValue)
    private let noSignal = Int32(MSG_NOSIGNAL)
#endif

func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
}
