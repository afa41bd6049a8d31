internal import Transfer
internal import Xet

/// The hashes of several files, in the order they were asked for.
enum HashReport {
    struct Entry: Sendable {
        var path: String
        var outcome: Result<HashedFile, CommandFailure>

        var isFailure: Bool { if case .failure = outcome { true } else { false } }
    }

    /// Hashes the files; `report` gets each as soon as it and all before it are done.
    static func make(
        of paths: [String], withSHA256: Bool, engine: TransferEngine, report: (Entry) -> Void
    ) async throws -> [Entry] {
        var entries: [Entry] = []
        try await engine.hash(paths: paths, withSHA256: withSHA256, observer: SilentObserver()) { result in
            let entry = Entry(
                path: paths[entries.count], outcome: result.mapError { CommandFailure(describing: $0) })
            entries.append(entry)
            report(entry)
        }
        return entries
    }

    /// `HASH  PATH`, or `HASH  SHA256  PATH`. Like sha256sum, a line whose path needs escapes starts with `\`.
    static func line(_ path: String, _ hashed: HashedFile) -> String {
        let (name, isEscaped) = escaped(path)
        let digests = [hashed.fileHash.description, hashed.sha256?.description].compactMap(\.self)
        return (isEscaped ? "\\" : "") + (digests + [name]).joined(separator: "  ") + "\n"
    }

    static func escaped(_ path: String) -> (String, Bool) {
        guard path.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x0D }) else { return (path, false) }
        var result = ""
        for scalar in path.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return (result, true)
    }
}

extension HashReport.Entry: Encodable {
    enum CodingKeys: String, CodingKey { case path, hash, size, chunks, sha256, error }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path, forKey: .path)
        switch outcome {
        case .success(let hashed):
            try container.encode(hashed.fileHash, forKey: .hash)
            try container.encode(hashed.size, forKey: .size)
            try container.encode(hashed.chunkCount, forKey: .chunks)
            try container.encodeIfPresent(hashed.sha256, forKey: .sha256)
        case .failure(let failure):
            try container.encode(
                FailureReport.Document.Body(code: failure.code, message: failure.message, hint: failure.hint),
                forKey: .error)
        }
    }
}
