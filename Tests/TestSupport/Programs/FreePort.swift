#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A loopback port that nobody listens on now.
public func freePort() throws -> Int {
    let listener = try loopbackSocket()
    defer { close(listener) }
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0
        }
    }
    guard isBound else { throw TestFailure("no port is free") }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// Whether somebody listens on a loopback port.
public func isOpen(_ port: Int) -> Bool {
    guard let dialling = try? loopbackSocket() else { return false }
    defer { close(dialling) }
    var address = loopback(UInt16(port))
    return withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(dialling, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

private func loopbackSocket() throws -> Int32 {
    #if canImport(Glibc)
        let stream = Int32(SOCK_STREAM.rawValue)
    #else
        let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { throw TestFailure("no socket can be had") }
    return descriptor
}

private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
}
