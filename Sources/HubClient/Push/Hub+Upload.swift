public import Transfer

extension Hub {
    /// Puts a file or a folder into a repository with one commit; the repository and the branch are created if missing.
    /// - Parameters:
    ///   - localPath: a file or a folder.
    ///   - pathInRepo: where it goes; nil means the file's own name, or the root.
    ///   - message: of the commit.
    /// - Throws: ``HubError``.
    public func upload(
        _ localPath: String, to repo: RepoReference, at pathInRepo: String? = nil, message: String? = nil,
        observer: any TransferObserver = SilentObserver()
    ) async throws -> PushResult {
        let request = PushRequest(repo: repo, localPath: localPath, pathInRepo: pathInRepo, commitMessage: message)
        return try await push(request, observer: observer)
    }
}
