public import Transfer

extension Hub {
    /// Brings one file to this machine and returns where it is: in the cache, or below `localDirectory`.
    /// - Throws: ``HubError``.
    public func downloadFile(
        _ path: String, from repo: RepoReference, localDirectory: String? = nil,
        observer: any TransferObserver = SilentObserver()
    ) async throws -> String {
        let request = PullRequest(repo: repo, files: [path], localDirectory: localDirectory)
        return try await pull(request, observer: observer).path
    }

    /// Brings a repository's files, or those that patterns select, to this machine and returns their folder.
    /// - Parameters:
    ///   - include: patterns as of ``Glob``; none means every file.
    ///   - exclude: patterns of files to leave out.
    /// - Throws: ``HubError``.
    public func downloadSnapshot(
        of repo: RepoReference, include: [String] = [], exclude: [String] = [], localDirectory: String? = nil,
        observer: any TransferObserver = SilentObserver()
    ) async throws -> String {
        let request = PullRequest(repo: repo, include: include, exclude: exclude, localDirectory: localDirectory)
        return try await pull(request, observer: observer).path
    }
}
