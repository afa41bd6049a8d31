internal import ChunkStore
public import HubWire
internal import NIOCore
internal import NIOPosix

/// What is known about a model, or about one file of it, without fetching the weights.
public struct ModelFacts: Sendable {
    /// What the hub says; nil for what is on this machine.
    public var repo: RepoInfo?
    /// Files with their sizes, in the order of paths.
    public var files: [(path: String, size: UInt64)]
    public var weights: [ModelWeights]
    /// The quantisations on offer (GGUF).
    public var quants: [GGUFQuants.Quant]
    public var licence: String?

    /// Bytes of all files.
    public var size: UInt64 { files.reduce(0) { $0 + $1.size } }
}

extension Hub {
    /// Finds out what a repository, or one file of it, is: the hub's facts, and those that the headers of safetensors
    /// and GGUF files tell, read by ranges.
    /// - Parameter file: one file, whose header is read to its end; nil asks about the whole repository.
    /// - Throws: ``HubError``; `entry_not_found` for a file that is not there.
    public func inspect(_ repo: RepoReference, file: String? = nil) async throws -> ModelFacts {
        let info = try await repoInfo(repo, files: true)
        let commit = info.sha.flatMap { RepoReference.isCommit($0) ? $0 : nil }
        let pinned = RepoReference(type: repo.type, id: repo.id, revision: commit ?? repo.revision)
        let source = RepositoryHeaders(hub: self, repo: pinned)
        var files = (info.siblings ?? []).map { (path: $0.rfilename, size: UInt64(clamping: $0.size ?? 0)) }
        if let file {
            files.removeAll { $0.path != file }
            guard !files.isEmpty else {
                throw HubError(
                    .entryNotFound, "\(repo.id) has no '\(file)' at revision '\(repo.effectiveRevision)'.",
                    hint: "List its files with 'shoal ls \(repo.type.urlPrefix)\(repo.id)'.")
            }
        }
        var facts = try await ModelFacts(files: files, source: source, isBrief: file == nil)
        facts.repo = info
        facts.licence = info.tags?.lazy.compactMap { $0.hasPrefix("license:") ? String($0.dropFirst(8)) : nil }.first
        if facts.licence == nil, let readme = files.first(where: { $0.path == "README.md" }) {
            let text = try await source.read("README.md", 0..<min(readme.size, 16 << 10))
            facts.licence = ModelCard.licence(in: String(decoding: text, as: UTF8.self))
        }
        facts.licence = facts.licence ?? facts.weights.lazy.compactMap { $0.gguf?.licence }.first
        return facts
    }
}

extension ModelFacts {
    /// Reads the headers of files.
    /// - Parameter isBrief: whether one GGUF file stands for all, and its tensors are not counted.
    init(files: [(path: String, size: UInt64)], source: some HeaderSource, isBrief: Bool) async throws {
        self.files = files
        quants = GGUFQuants(files).quants
        let inspector = ModelInspector(source: source, files: files)
        weights = try await inspector.safetensors()
        let ggufs = files.filter { ModelWeights.format(of: $0.path) == .gguf }
        if isBrief {
            let preferred = quants.first { $0.label == "Q4_K_M" } ?? quants.first
            let path = preferred?.files.first ?? ggufs.first?.path
            if let chosen = ggufs.first(where: { $0.path == path }) {
                weights.append(try await inspector.gguf(chosen.path, size: chosen.size, limit: 512 << 10))
            }
        } else {
            for gguf in ggufs {
                weights.append(try await inspector.gguf(gguf.path, size: gguf.size, limit: 64 << 20))
            }
        }
    }

    /// Finds out what a file or a folder on this machine is.
    /// - Throws: ``HubError`` with code `local_path_not_found`.
    public static func local(_ path: String) async throws -> ModelFacts {
        let root = LocalPath.resolved(path)
        guard let status = Disk.status(root) else {
            throw HubError(.localPathNotFound, "There is no \(path).", hint: "Check the path.")
        }
        let names = status.isDirectory ? CacheOrder.sorted(try Disk.leaves(below: root)) : [LocalPath.name(of: root)]
        let folder = status.isDirectory ? root : LocalPath.folder(of: root)
        let files = names.filter { !$0.hasPrefix(".cache/huggingface/") && !$0.hasPrefix(".git/") }.compactMap { name in
            Disk.status(LocalPath.join(folder, name)).flatMap { $0.isRegular ? (path: name, size: $0.size) : nil }
        }
        var facts = try await ModelFacts(files: files, source: FolderHeaders(folder: folder), isBrief: false)
        if let text = Disk.text(LocalPath.join(folder, "README.md")), status.isDirectory {
            facts.licence = ModelCard.licence(in: text)
        }
        facts.licence = facts.licence ?? facts.weights.lazy.compactMap { $0.gguf?.licence }.first
        return facts
    }
}

/// The headers of files at a hub; what the cache has is read there.
private struct RepositoryHeaders: HeaderSource {
    let hub: Hub
    let repo: RepoReference

    func read(_ path: String, _ range: Range<UInt64>) async throws -> [UInt8] {
        let file = try await hub.openFile(path, of: repo)
        return Array(try await file.read(range).readableBytesView)
    }
}

/// The headers of files in a folder.
private struct FolderHeaders: HeaderSource {
    let folder: String

    func read(_ path: String, _ range: Range<UInt64>) async throws -> [UInt8] {
        try await NIOThreadPool.singleton.runIfActive {
            let file = try RandomAccessFile(path: LocalPath.join(folder, path), access: .read)
            var bytes = [UInt8](repeating: 0, count: range.count)
            let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: range.lowerBound) }
            bytes.removeLast(bytes.count - count)
            return bytes
        }
    }
}

/// The notes at the beginning of a README.
enum ModelCard {
    /// The licence that the YAML head names.
    static func licence(in text: String) -> String? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.first == "---" else { return nil }
        for line in lines.dropFirst() {
            if line == "---" { return nil }
            guard line.hasPrefix("license:") else { continue }
            let value = line.dropFirst(8).filter { $0 != "\"" && $0 != "'" && $0 != " " }
            return value.isEmpty || value.utf8.count > 64 ? nil : value
        }
        return nil
    }
}
