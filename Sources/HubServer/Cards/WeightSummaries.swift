import Foundation
import GRDB
import HubWire
import NIOCore
import Xet

/// Counts the parameters of the safetensors files of a commit.
struct WeightSummaries: Sendable {
    let services: ServerServices

    /// Files that are looked into; a model in more pieces than that says nothing.
    private static let maximumFiles = 500

    /// The large safetensors files of a commit.
    static func files(_ commit: StoredCommit, in store: GitStore) throws -> [LargeContent] {
        let listing = try TreeListing(
            store: store, tree: commit.tree, path: nil, isRecursive: false, from: nil, limit: .max)
        let files = try listing.items.filter { !$0.isDirectory && $0.path.hasSuffix(".safetensors") }
            .prefix(maximumFiles + 1).compactMap { try store.blobInfo($0.id).large }
        return files.count <= maximumFiles ? files : []
    }

    /// Parameters by type of all the files together, in the Hub's JSON; nil when there are none.
    func summary(of files: [LargeContent]) async throws -> JSONValue? {
        var total: [String: Int64] = [:]
        let known = try await services.database.pool.read { db in
            try files.map { try Self.stored($0.fileHash, in: db) }
        }
        for (file, known) in zip(files, known) {
            let parameters: [String: Int64]
            // Information must not fail with a damaged file.
            if let known { parameters = known } else { parameters = (try? await read(file)) ?? [:] }
            for (type, count) in parameters {
                total[type] = (total[type] ?? 0).addingReportingOverflow(count).partialValue
            }
        }
        guard !total.isEmpty else { return nil }
        let sum = total.values.reduce(Int64(0)) { $0.addingReportingOverflow($1).partialValue }
        return ["parameters": .object(total.mapValues(JSONValue.integer)), "total": .integer(sum)]
    }

    private static func stored(_ file: FileHash, in db: Database) throws -> [String: Int64]? {
        let text = try String.fetchOne(
            db.cachedStatement(sql: "SELECT parameters FROM weight_summary WHERE file_hash = ?"),
            arguments: [Data(file.bytes)])
        return try text.map { try JSONDecoder().decode([String: Int64].self, from: Data($0.utf8)) }
    }

    private func read(_ file: LargeContent) async throws -> [String: Int64] {
        var parameters: [String: Int64] = [:]
        do {
            if file.size >= 8 {
                let length = try SafetensorsHeader.length(of: await bytes(file, 0..<8), fileSize: file.size)
                let table = try SafetensorsHeader.parse(await bytes(file, 8..<(8 + UInt64(length))))
                for (type, count) in table.parametersByType { parameters[type] = Int64(clamping: count) }
            }
        } catch is HeaderProblem {
            // The file is not what its name says, and has no parameters to speak of.
        }
        let text = String(decoding: try JSONEncoder().encode(parameters), as: UTF8.self)
        try await services.database.pool.write { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO weight_summary (file_hash, parameters) VALUES (?, ?)",
                arguments: [Data(file.fileHash.bytes), text])
        }
        return parameters
    }

    private func bytes(_ file: LargeContent, _ range: Range<UInt64>) async throws -> Data {
        var data = Data()
        guard !range.isEmpty else { return data }
        for try await buffer in try await services.content.read(file: file.fileHash, range: range) {
            data.append(contentsOf: buffer.readableBytesView)
        }
        return data
    }
}
