import Foundation
import TestSupport

/// Builds caches as users have them after years: old and new layouts side by side, leftovers, damage, foreign folders.
struct RandomCache {
    let root: String
    private var random: SplitMix64
    private var xetHashes: [String] = []
    /// Folders of repositories that are in order, by cache id.
    private(set) var repos: [(id: String, folder: String, commits: [String], files: [String])] = []

    /// - Parameter hasDamage: whether some repositories are broken.
    init(root: String, seed: UInt64, hasDamage: Bool) throws {
        self.root = root
        random = SplitMix64(seed: seed)
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try write("Signature: 8a477f597d28d172789f06886806bc55\n", "CACHEDIR.TAG")
        let hasStore = Bool.random(using: &random)
        if hasStore {
            try write("1\n", "blobs/.huggingface-shared-blobs")
            for _ in 0..<6 { xetHashes.append(hex(64)) }
        }
        let types = ["models", "models", "models", "datasets", "spaces", "kernels"]
        for index in 0..<Int.random(in: 1...5, using: &random) {
            let type = types.randomElement(using: &random) ?? "models"
            let name = index == 0 ? "gpt\(index)" : ["Org--Some-model_\(index)", "ns--x.\(index)"][index % 2]
            try makeRepo(type: type, name: name)
        }
        if hasStore { try addOrphans() }
        if hasDamage { try addDamage() }
    }

    private mutating func makeRepo(type: String, name: String) throws {
        let folder = "\(type)--\(name)"
        let commits = (0..<Int.random(in: 1...4, using: &random)).map { _ in hex(40) }
        let paths = [
            "config.json", "model.bin", "sub/deep/x.txt", "Größe/γ.json", ".hidden", "a b+c%20#.txt", "copy.bin",
        ]
        var kept: [String] = []
        for _ in 0..<4 { kept.append(try makeBlob(folder)) }
        for commit in commits {
            for path in paths where Int.random(in: 0..<3, using: &random) > 0 {
                let depth = path.split(separator: "/").count - 1
                let pointer = "\(folder)/snapshots/\(commit)/\(path)"
                if Int.random(in: 0..<6, using: &random) == 0 {
                    // A file system without links.
                    try write(text(), pointer)
                    continue
                }
                let etag =
                    Int.random(in: 0..<3, using: &random) == 0
                    ? try makeBlob(folder) : kept.randomElement(using: &random) ?? ""
                let up = String(repeating: "../", count: depth + 2)
                try link(up + "blobs/" + etag, pointer)
            }
            if !FileManager.default.fileExists(atPath: root + "/\(folder)/snapshots/\(commit)") {
                try makeFolder("\(folder)/snapshots/\(commit)")
            }
        }
        for ref in ["main", "refs/pr/1", "v1.0"] where Bool.random(using: &random) {
            try write(commits.randomElement(using: &random) ?? "", "\(folder)/refs/\(ref)")
        }
        if Bool.random(using: &random) { try write("{}", "\(folder)/trees/\(commits[0]).json") }
        if Bool.random(using: &random) { try write("", "\(folder)/.no_exist/\(commits[0])/added_tokens.json") }
        if Bool.random(using: &random) { try write(text(), "\(folder)/blobs/\(hex(64)).\(hex(8)).incomplete") }
        if Bool.random(using: &random) { try write(text(), "\(folder)/blobs/\(hex(40)).incomplete") }
        if Bool.random(using: &random) { try write(text(), "\(folder)/blobs/\(hex(40)).partial") }
        if Bool.random(using: &random) { try write(text(), "\(folder)/.zest/state") }
        if Bool.random(using: &random) { try write(text(), "\(folder)/snapshots/.DS_Store") }
        let type = type.dropLast()
        repos.append(("\(type)/\(name.replacingOccurrences(of: "--", with: "/"))", folder, commits, paths))
    }

    /// A blob of a repository, its own or a link into the shared store; returns its name.
    private mutating func makeBlob(_ folder: String) throws -> String {
        let etag = hex(Bool.random(using: &random) ? 64 : 40)
        guard let hash = xetHashes.randomElement(using: &random), Bool.random(using: &random) else {
            try write(text(), "\(folder)/blobs/\(etag)")
            return etag
        }
        let entry = "blobs/\(hash.prefix(2))/\(hash)"
        if !FileManager.default.fileExists(atPath: root + "/" + entry) {
            try write(text(), entry)
            try write("", entry + ".lock")
        }
        try link("../../" + entry, "\(folder)/blobs/\(etag)")
        // Now and then the list of users has been lost, or names some that are gone.
        guard Int.random(in: 0..<12, using: &random) > 0 else { return etag }
        let gone = Bool.random(using: &random) ? "models--gone--x/blobs/\(hex(40))\n../../etc/passwd\n" : ""
        let list = (try? String(contentsOfFile: root + "/" + entry + ".refs", encoding: .utf8)) ?? ""
        try write(list + gone + "\(folder)/blobs/\(etag)\n", entry + ".refs")
        return etag
    }

    /// Shared content that nobody uses: one with a list of users, one without.
    private mutating func addOrphans() throws {
        for hasList in [true, false] {
            let hash = hex(64)
            try write(text(), "blobs/\(hash.prefix(2))/\(hash)")
            if hasList {
                try write("models--gone--y/blobs/\(hex(40))\n", "blobs/\(hash.prefix(2))/\(hash).refs")
            }
        }
    }

    private mutating func addDamage() throws {
        let commit = hex(40)
        let kinds: [(inout RandomCache) throws -> Void] = [
            { cache in
                // A line end makes a ref useless.
                try cache.write("x", "models--bad--newline/snapshots/\(commit)/a.txt")
                try cache.write(commit + "\n", "models--bad--newline/refs/main")
            },
            { cache in try cache.link("../../blobs/none", "models--bad--link/snapshots/\(commit)/a.txt") },
            { cache in try cache.write(commit, "models--bad--stub/refs/main") },
            { cache in try cache.write("x", "models--bad--file/snapshots/\(commit)") },
            { cache in
                try cache.write("x", "models--bad--refs/refs"); try cache.makeFolder("models--bad--refs/snapshots")
            },
            { cache in try cache.write("x", "some-folder/file.txt") },
            { cache in try cache.write("x", "strange--folder/blobs/\(commit).incomplete") },
            { cache in try cache.write("x", "a-file") },
            { cache in try cache.write("x", "Thumbs.db") },
            { cache in try cache.write("x", "bucket--a--b/snapshots/\(commit)/x") },
        ]
        for kind in kinds where Bool.random(using: &random) { try kind(&self) }
    }

    private mutating func hex(_ count: Int) -> String {
        let digits = Array("0123456789abcdef")
        return String((0..<count).map { _ in digits[Int.random(in: 0..<16, using: &random)] })
    }

    private mutating func text() -> String {
        String(repeating: hex(4), count: Int.random(in: 0...5000, using: &random))
    }

    private func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: root + "/" + path, withIntermediateDirectories: true)
    }

    private func write(_ text: String, _ path: String) throws {
        try makeFolder((path as NSString).deletingLastPathComponent)
        try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + path))
    }

    private func link(_ target: String, _ path: String) throws {
        try makeFolder((path as NSString).deletingLastPathComponent)
        try FileManager.default.createSymbolicLink(atPath: root + "/" + path, withDestinationPath: target)
    }
}

/// Everything below a cache, one line each: kind, path, and content or link text. Lock files are left out: what is
/// locked differs between programs.
func cacheTree(_ root: String) throws -> [String] {
    var lines: [String] = []
    guard let walk = FileManager.default.enumerator(atPath: root) else { throw TestFailure("no folder \(root)") }
    for case let path as String in walk {
        if path == ".locks" || path.hasPrefix(".locks/") { continue }
        let full = root + "/" + path
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: full) {
            lines.append("link \(path) -> \(target)")
            continue
        }
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: full, isDirectory: &isFolder)
        if isFolder.boolValue {
            lines.append("folder \(path)")
        } else if !path.hasSuffix(".lock") {
            let content = try Data(contentsOf: URL(fileURLWithPath: full))
            lines.append("file \(path) \(content.count) \(content.hashValue)")
        }
    }
    return lines.sorted()
}

/// Copies a folder with its links, times and modes.
func copyTree(_ source: String, to target: String, in fixture: Fixture) async throws {
    let command = Command("/bin/cp", ["-a", source, target], environment: [:], label: "cp")
    _ = try await fixture.run(command).expecting(0)
}
