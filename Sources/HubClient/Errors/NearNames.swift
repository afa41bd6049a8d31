/// What may have been meant by a name that does not exist.
enum NearNames {
    /// More paths than this are not compared: a hint is not worth a wait.
    private static let mostPaths = 20_000

    /// Paths that look like a missing one, or have its last part somewhere else.
    static func paths(like path: String, in paths: [String]) -> [String] {
        let paths = paths.prefix(mostPaths)
        let name = LocalPath.name(of: path).lowercased()
        let elsewhere = paths.filter { LocalPath.name(of: $0).lowercased() == name && $0 != path }
        let similar = EditDistance.nearest(to: path, in: paths)
        var found = elsewhere.prefix(3) + similar.filter { !elsewhere.contains($0) }
        if found.isEmpty {
            let near = EditDistance.nearest(to: name, in: paths.map { LocalPath.name(of: $0) })
            found = paths.filter { near.contains(LocalPath.name(of: $0)) }[...]
        }
        return Array(found.prefix(3))
    }

    /// `did you mean 'a' or 'b'?`, and what else there is to say.
    static func hint(_ names: [String], else hint: String?) -> String? {
        guard !names.isEmpty else { return hint }
        let quoted = names.map { "'\($0)'" }
        let list =
            quoted.count == 1
            ? quoted[0] : quoted.dropLast().joined(separator: ", ") + " or " + quoted[quoted.count - 1]
        return "did you mean \(list)?" + (hint.map { " Else \($0)" } ?? "")
    }

    /// The kinds of files there are, by their endings, most frequent first: `.json (3), .safetensors (2)`.
    static func kinds(of paths: [String]) -> String {
        var counts: [String: Int] = [:]
        for path in paths {
            let name = LocalPath.name(of: path)
            let ending = name.dropFirst().lastIndex(of: ".").map { String(name[$0...]) } ?? name
            counts[ending, default: 0] += 1
        }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return sorted.prefix(6).map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
            + (sorted.count > 6 ? ", …" : "")
    }
}
