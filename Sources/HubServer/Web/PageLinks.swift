import HubWire

/// The addresses of a repository's pages, the same ones that huggingface.co uses.
struct PageLinks: Sendable {
    /// `/ns/name`, behind `/datasets` or `/spaces` where it is one.
    let root: String

    init(_ repo: Repo) {
        root = "/\(repo.type.urlPrefix)\(PercentEncoding.encode(path: repo.fullName))"
    }

    func tree(_ revision: String, _ path: String = "") -> String { page("tree", revision, path) }

    func blob(_ revision: String, _ path: String) -> String { page("blob", revision, path) }

    func resolve(_ revision: String, _ path: String) -> String { page("resolve", revision, path) }

    func download(_ revision: String, _ path: String) -> String { resolve(revision, path) + "?download=true" }

    func commits(_ revision: String, page: Int = 0) -> String {
        "\(root)/commits/\(PercentEncoding.encode(segment: revision))" + (page > 0 ? "?p=\(page)" : "")
    }

    func commit(_ id: String) -> String { "\(root)/commit/\(id)" }

    var discussions: String { root + "/discussions" }

    func discussion(_ number: Int64) -> String { "\(discussions)/\(number)" }

    private func page(_ kind: String, _ revision: String, _ path: String) -> String {
        let tail = path.isEmpty ? "" : "/" + PercentEncoding.encode(path: path)
        return "\(root)/\(kind)/\(PercentEncoding.encode(segment: revision))\(tail)"
    }
}
