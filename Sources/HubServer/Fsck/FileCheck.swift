import Foundation
import GRDB
import Xet

/// Files against the xorbs that their recipes name.
struct FileCheck {
    let queue: DatabaseQueue
    let options: FsckOptions

    private static let page = 200

    private struct Finding {
        var kind: FsckReport.Problem.Kind
        var detail: String
    }

    func run(_ report: inout FsckReport) throws {
        var last: Int64 = 0
        while true {
            let page = try queue.read { database in
                try Row.fetchAll(
                    database,
                    sql: "SELECT id, hash, size, chunk_count, recipe FROM file WHERE id > ? ORDER BY id LIMIT ?",
                    arguments: [last, Self.page]
                ).map { row in (row["id"] as Int64, Hex.encode(row["hash"] as Data), try check(row, in: database)) }
            }
            guard let end = page.last else { return }
            last = end.0
            report.files += page.count
            for (id, hash, finding) in page {
                guard let finding else { continue }
                let owners = try queue.read { try Fsck.owners(having: "file", id, in: $0) }
                let mended = try finding.kind == .wrongEdges && options.repairs && mendEdges(of: id)
                report.add(
                    finding.kind, hash, finding.detail, repos: owners.repos, isRepaired: mended, objects: owners.objects
                )
            }
        }
    }

    private func check(_ row: Row, in database: Database) throws -> Finding? {
        let recipe: FileRecipe
        do {
            recipe = try FileRecipe(decoding: row["recipe"])
        } catch {
            return Finding(kind: .damagedFile, detail: "its recipe does not parse")
        }
        let size: Int64 = recipe.segments.reduce(0) { $0 + Int64($1.unpackedLength) }
        let chunks: Int64 = recipe.segments.reduce(0) { $0 + Int64($1.chunks.count) }
        guard size == row["size"], chunks == row["chunk_count"] else {
            return Finding(kind: .damagedFile, detail: "its recipe makes \(size) bytes in \(chunks) chunks")
        }
        var xorbs: Set<Int64> = []
        for segment in recipe.segments {
            let xorb = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT id, chunk_count FROM xorb WHERE hash = ?"),
                arguments: [Data(segment.xorb.bytes)])
            guard let xorb else {
                return Finding(kind: .missingXorb, detail: "xorb \(segment.xorb) is not stored")
            }
            guard Int64(segment.chunks.upperBound) <= xorb["chunk_count"] else {
                return Finding(kind: .damagedFile, detail: "its recipe points outside xorb \(segment.xorb)")
            }
            xorbs.insert(xorb["id"])
        }
        let edges = try Set(
            Int64.fetchAll(
                database.cachedStatement(sql: "SELECT xorb FROM file_xorb WHERE file = ?"),
                arguments: [row["id"] as Int64]))
        return edges == xorbs
            ? nil : Finding(kind: .wrongEdges, detail: "\(edges.count) xorbs are noted, \(xorbs.count) are used")
    }

    /// Notes the xorbs of the recipe again, in one transaction with the look at them.
    private func mendEdges(of file: Int64) throws -> Bool {
        try queue.write { database in
            let recipe = try Data.fetchOne(database, sql: "SELECT recipe FROM file WHERE id = ?", arguments: [file])
            guard let recipe else { return false }
            try database.execute(sql: "DELETE FROM file_xorb WHERE file = ?", arguments: [file])
            for xorb in Set(try FileRecipe(decoding: recipe).segments.map(\.xorb)) {
                guard let id = try StorageTables.revive(xorb, now: ContentStore.now, in: database) else {
                    throw ContentError.damagedMetadata("xorb \(xorb) vanished during the repair")
                }
                try database.execute(
                    sql: "INSERT INTO file_xorb (file, xorb) VALUES (?, ?)", arguments: [file, id])
            }
            return true
        }
    }
}
