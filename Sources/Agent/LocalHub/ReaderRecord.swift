internal import Crypto
internal import HubClient
internal import HubWire
internal import NIOPosix
internal import SwarmWire
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Which callers the upstream hub has let read which commits: an empty file for each pair, named by a keyed hash, so that
/// the folder tells nothing about tokens or repositories.
final class ReaderRecord: Sendable {
    private let folder: String
    private let key: SymmetricKey
    /// What was noted lately, so that not every request touches the disk.
    private let recent = Mutex<Set<String>>([])

    /// - Parameter secret: of the agent; nobody else can tell what a name stands for.
    init(folder: String, secret: String) {
        self.folder = folder
        key = SymmetricKey(data: SHA256.hash(data: Array("shoal readers \(secret)".utf8)))
    }

    private func name(_ caller: Caller, _ repo: RepoReference, _ commit: String) -> String {
        let text = "\(repo.type.rawValue)\n\(repo.id)\n\(commit)\n\(caller.authorization ?? "")"
        return HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key).hexText
    }

    func note(_ caller: Caller, _ repo: RepoReference, commit: String) async {
        let name = name(caller, repo, commit)
        let isNew = recent.withLock { recent in
            if recent.count > 10_000 { recent = [] }
            return recent.insert(name).inserted
        }
        guard isNew else { return }
        let path = folder + "/" + name
        _ = try? await NIOThreadPool.singleton.runIfActive {
            // Best effort: what is not noted is not served while the hub is away.
            let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            if file >= 0 { close(file) }
        }
    }

    /// Whether the hub has let this caller read a commit, or let nobody in particular.
    func mayRead(_ caller: Caller, _ repo: RepoReference, commit: String) -> Bool {
        var stranger = caller
        stranger.authorization = nil
        return [caller, stranger].contains { access(folder + "/" + name($0, repo, commit), F_OK) == 0 }
    }
}
