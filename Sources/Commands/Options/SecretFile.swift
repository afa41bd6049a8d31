internal import ChunkStore
package import SwarmWire

/// Reads the secrets of private swarms.
package enum SecretFile {
    /// Bytes of a file that count.
    private static let largest = 64 << 10

    /// The secrets in files, or in those that `SHOAL_SWARM_SECRETS` names where there are none.
    /// - Throws: ``CommandFailure`` that says which file is of no use.
    package static func read(_ files: [String]) throws(CommandFailure) -> [SwarmSecret] {
        let named = try Environment.checked("SHOAL_SWARM_SECRETS") ?? ""
        let chosen = files.isEmpty ? named.split { $0 == "," || $0.isWhitespace }.map(String.init) : files
        var secrets: [SwarmSecret] = []
        for file in chosen { secrets.append(try secret(in: file)) }
        return secrets
    }

    private static func secret(in file: String) throws(CommandFailure) -> SwarmSecret {
        var bytes = [UInt8](repeating: 0, count: largest)
        do {
            let source = try RandomAccessFile(path: Environment.absolute(file), access: .read)
            let count = try bytes.withUnsafeMutableBytes { try source.read(into: $0, at: 0) }
            bytes.removeLast(largest - count)
        } catch {
            throw CommandFailure(
                code: "local_path_not_found", message: "the secret in \(file) cannot be read",
                hint: "name a file of your own with --secret-file")
        }
        // What an editor puts behind the last line is no part of it.
        while bytes.last == 10 || bytes.last == 13 { bytes.removeLast() }
        guard let secret = SwarmSecret(bytes) else {
            throw .usage(
                "the secret in \(file) has fewer than \(SwarmSecret.minimumSize) bytes",
                hint: "make one with 'head -c 32 /dev/urandom | base64 > \(file)'")
        }
        return secret
    }
}
