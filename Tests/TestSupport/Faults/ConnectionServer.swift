import Foundation
import Synchronization

/// Takes connections at a listening socket, each on a thread of its own, until it is closed.
final class ConnectionServer: Sendable {
    private let listener: Int32
    private let state = Mutex<(connections: Set<Int32>, isClosed: Bool)>(([], false))

    private init(listener: Int32) { self.listener = listener }

    /// Starts to serve; ends with the fixture.
    static func start(
        _ listener: Int32, in fixture: Fixture, serve: @escaping @Sendable (StreamSocket) throws -> Void
    ) {
        let server = ConnectionServer(listener: listener)
        Thread.detachNewThread { server.accept(serve) }
        fixture.onCleanup { server.close() }
    }

    private func close() {
        let open = state.withLock { state in
            state.isClosed = true
            return state.connections
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
        Foundation.close(listener)
    }

    private func accept(_ serve: @escaping @Sendable (StreamSocket) throws -> Void) {
        while true {
            let descriptor = Foundation.accept(listener, nil, nil)
            if descriptor < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            guard state.withLock({ !$0.isClosed && $0.connections.insert(descriptor).inserted }) else {
                Foundation.close(descriptor)
                return
            }
            Thread.detachNewThread {
                try? serve(StreamSocket(descriptor: descriptor))
                _ = self.state.withLock { $0.connections.remove(descriptor) }
                shutdown(descriptor, Int32(SHUT_RDWR))
                Foundation.close(descriptor)
            }
        }
    }
}

/// Carries bytes both ways until one side ends.
func join(_ inside: StreamSocket, _ outside: StreamSocket) {
    let (inside, outside) = (inside.descriptor, outside.descriptor)
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
        copyBytes(from: inside, to: outside)
        done.signal()
    }
    copyBytes(from: outside, to: inside)
    done.wait()
}

/// Carries bytes until one side ends, then ends the other.
private func copyBytes(from source: Int32, to target: Int32) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let got = recv(source, &buffer, buffer.count, 0)
        guard got > 0 else { break }
        var sent = 0
        while sent < got {
            let count = buffer.withUnsafeBytes {
                send(
                    target, UnsafeRawBufferPointer(rebasing: $0[sent..<got]).baseAddress, got - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        if sent < got { break }
    }
    shutdown(target, Int32(SHUT_RDWR))
    shutdown(source, Int32(SHUT_RDWR))
}
