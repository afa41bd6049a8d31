internal import HubClient

/// The files of a repository that one tag of the registry stands for.
struct GGUFChoice: Sendable, Equatable {
    var model: RepoFile
    /// The quantisation; nil when the file's name has none.
    var label: String?
    /// What turns pictures into tokens.
    var projector: RepoFile?
    var template: RepoFile?
    var system: RepoFile?
    var parameters: RepoFile?
    var licence: RepoFile?

    /// Bytes of a text that may be a layer of its own.
    static let largestText: UInt64 = 1 << 20

    /// - Parameter tag: a quantisation or a file's name, in upper or lower case; `latest` takes Q4_K_M, else another of
    ///   four bits, else Q8_0, else the first.
    /// - Throws: ``RegistryFailure``.
    init(_ files: [RepoFile], tag: String) throws(RegistryFailure) {
        let models = files.filter { Self.isModel($0.path) }
        guard !models.isEmpty else { throw .noModel }
        let quants = GGUFQuants(models.map { ($0.path, $0.size) }).quants
        let parts = Set(quants.filter { $0.partCount > 1 }.flatMap(\.files))
        let whole = models.filter { !parts.contains($0.path) }
        var labels: [String: String] = [:]
        for quant in quants where quant.partCount == 1 {
            for path in quant.files { labels[path] = quant.label }
        }
        func named(_ label: String) -> RepoFile? {
            whole.filter { labels[$0.path]?.uppercased() == label.uppercased() }
                .min { ($0.path.utf8.count, $0.path) < ($1.path.utf8.count, $1.path) }
        }
        let chosen: RepoFile?
        if tag.lowercased() == "latest" {
            chosen =
                named("Q4_K_M") ?? whole.first { labels[$0.path]?.hasPrefix("Q4_") == true } ?? named("Q8_0")
                ?? whole.first
        } else {
            chosen =
                named(tag) ?? named("UD-" + tag)
                ?? whole.first { file in
                    let name = Self.name(of: file.path).lowercased()
                    return name == tag.lowercased() || name == tag.lowercased() + ".gguf"
                }
        }
        guard let chosen else {
            let isSplit = quants.contains { $0.partCount > 1 && $0.label.uppercased() == tag.uppercased() }
            let tags = whole.map { labels[$0.path] ?? String(Self.name(of: $0.path).dropLast(5)) }
            var seen: Set<String> = []
            throw .noTag(tag, isSplit: isSplit || whole.isEmpty, tags: tags.filter { seen.insert($0).inserted })
        }
        guard chosen.sha256 != nil else { throw .noModel }
        model = chosen
        label = labels[chosen.path]
        projector = Self.projector(in: files, for: chosen.path)
        func text(_ names: String...) -> RepoFile? {
            files.first { file in
                file.size > 0 && file.size <= Self.largestText && names.contains { file.path.lowercased() == $0 }
            }
        }
        template = text("template")
        system = text("system")
        parameters = text("params")
        licence = text("license", "license.txt", "license.md", "licence", "licence.txt", "licence.md")
    }

    private static func name(of path: String) -> Substring {
        path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    }

    private static func isModel(_ path: String) -> Bool {
        let name = name(of: path).lowercased()
        return name.hasSuffix(".gguf") && !name.contains("mmproj") && !name.contains("imatrix")
    }

    /// The nearest by folder, of those F16 before others.
    private static func projector(in files: [RepoFile], for model: String) -> RepoFile? {
        func isBetter(_ one: RepoFile, _ other: RepoFile) -> Bool {
            func rank(_ file: RepoFile) -> (Int, Int) {
                let common = zip(file.path.split(separator: "/").dropLast(), model.split(separator: "/").dropLast())
                    .prefix { $0 == $1 }.count
                let name = name(of: file.path).lowercased()
                return (-common, name.contains("bf16") ? 1 : name.contains("f16") ? 0 : 2)
            }
            return (rank(one).0, rank(one).1, one.path) < (rank(other).0, rank(other).1, other.path)
        }
        return files.filter { file in
            let name = name(of: file.path).lowercased()
            return name.hasSuffix(".gguf") && name.contains("mmproj") && file.sha256 != nil
        }.min(by: isBetter)
    }
}
