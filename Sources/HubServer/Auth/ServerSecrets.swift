package import Crypto
import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The hub's own key material: 32 random bytes in `DATA/secret`, from which one key per purpose is derived.
package struct ServerSecrets: Sendable {
    private let root: SymmetricKey

    /// Takes 32 bytes of key material.
    package init(root: SymmetricKey) { self.root = root }

    /// Reads the secret of a data folder, making it first when there is none.
    ///
    /// - Throws: ``HubServerError`` when the file cannot be written or is not 32 bytes long.
    package init(dataDirectory: String) throws(HubServerError) {
        let path = dataDirectory + "/secret"
        if let found = try Self.load(path) {
            root = found
            return
        }
        try Self.create(path, in: dataDirectory)
        guard let made = try Self.load(path) else {
            throw .storage("cannot read \(path) back", errno: ENOENT)
        }
        root = made
    }

    /// A 256-bit key for one purpose; different labels give unrelated keys.
    package func key(_ label: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, salt: Data("shoal hub".utf8), info: Data(label.utf8), outputByteCount: 32)
    }

    private static func load(_ path: String) throws(HubServerError) -> SymmetricKey? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .storage("cannot open \(path)", errno: errno)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 33)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count == 32 else {
            throw HubServerError(
                code: .damagedData, message: "\(path) is not 32 bytes long",
                hint: "restore it from a backup, or delete it: running clients then ask for new tokens")
        }
        return SymmetricKey(data: bytes.prefix(32))
    }

    /// Publishes the file by `link`, so that of two starting processes one wins and both read the same bytes.
    private static func create(_ path: String, in directory: String) throws(HubServerError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .storage("cannot write into \(directory)", errno: errno) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count,
            fsync(descriptor) == 0
        else { throw .storage("cannot write \(temporary)", errno: errno) }
        guard link(temporary, path) == 0 || errno == EEXIST else {
            throw .storage("cannot write \(path)", errno: errno)
        }
        try DataDirectory.sync(directory)
    }
}
