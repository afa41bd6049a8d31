import Crypto
import Foundation
import NIOCore
import Xet

extension ContentStore {
    /// The SHA-256 of a stored file, from its bytes, as 32 bytes.
    func sha256(of file: FileHash) async throws -> [UInt8] {
        var hasher = SHA256()
        for try await buffer in try await read(file: file) {
            buffer.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        }
        return Array(hasher.finalize())
    }
}
