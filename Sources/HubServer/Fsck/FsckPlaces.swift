import Foundation
import GRDB

/// A git object of a repository that a problem is about.
struct FsckObject: Sendable, Hashable {
    var repo: Int64
    var id: GitObjectID
}

/// Finds the names of what is damaged: people know files by repository, revision and path.
struct FsckPlaces {
    let queue: DatabaseQueue

    /// Blobs of one problem that are looked for.
    private static let maximumObjects = 20

    /// Adds the places to each problem of the report; each repository is walked through once.
    func run(_ report: inout FsckReport) throws {
        var wanted: [Int64: Set<GitObjectID>] = [:]
        for object in report.problems.flatMap(\.objects) { wanted[object.repo, default: []].insert(object.id) }
        var places: [FsckObject: FsckReport.Place] = [:]
        for (repo, ids) in wanted.sorted(by: { $0.key < $1.key }) {
            try queue.read { database in
                guard let known = try Repo.find(id: repo, in: database) else { return }
                let names = try FileNames(of: ids, in: GitStore(repo: repo, db: database))
                for (id, name) in names.found {
                    places[FsckObject(repo: repo, id: id)] = FsckReport.Place(
                        repo: known.urlPath, revision: Self.short(name.ref), path: name.path)
                }
            }
        }
        for index in report.problems.indices {
            report.problems[index].places = report.problems[index].objects.compactMap { places[$0] }
            report.problems[index].objects = []
        }
    }

    private static func short(_ ref: String) -> String {
        for prefix in ["refs/heads/", "refs/tags/"] where ref.hasPrefix(prefix) {
            return String(ref.dropFirst(prefix.count))
        }
        return ref
    }

    /// The blobs that stand for a file, or for the files made of a xorb.
    static func blobs(having kind: String, _ id: Int64, in database: Database) throws -> [FsckObject] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT DISTINCT b.repo, b.id
                FROM \(kind == "xorb" ? "file_xorb e JOIN file f ON f.id = e.file" : "file f")
                JOIN repo_file l ON l.file = f.id JOIN git_blob b ON b.repo = l.repo AND b.file_hash = f.hash
                WHERE \(kind == "xorb" ? "e.xorb" : "f.id") = ? LIMIT \(maximumObjects)
                """, arguments: [id]
        ).map { FsckObject(repo: $0["repo"], id: $0["id"]) }
    }
}
