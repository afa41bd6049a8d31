internal import Logging
public import Transfer

extension Hub {
    /// Brings files of a repository to this machine, each verified before it becomes visible.
    ///
    /// What is there already is not fetched again; what an interrupted pull has left is continued. With a full commit
    /// as revision and everything in place no request is made.
    /// - Throws: ``HubError``; `no_match` when the selection is empty, `unsafe_path` when a listed path would leave the
    ///   destination (then nothing is written); `CancellationError`.
    public func pull(_ request: PullRequest, observer: any TransferObserver) async throws -> PullResult {
        let counting = CountingObserver(observer, .received, of: self)
        do {
            let result = try await PullOperation(hub: self, request: request, observer: counting).run()
            recorder.pulled(result, counted: counting.counted)
            logger.info(
                "pulled",
                metadata: [
                    "repo": "\(request.repo)", "commit": "\(result.commit)", "files": "\(result.files.count)",
                    "network_bytes": "\(result.statistics.networkBytes)",
                ])
            return result
        } catch {
            recorder.count { $0.failedPulls += 1 }
            throw HubError.unifying(error, endpoints: settings.endpoints)
        }
    }

    /// What ``pull(_:observer:)`` would do with the same request. Costs the listing of the repository, unless the cache
    /// has it; makes no request per file and writes nothing.
    /// - Throws: ``HubError`` as ``pull(_:observer:)``.
    public func preview(_ request: PullRequest) async throws -> PullPreview {
        do {
            return try await PullOperation(hub: self, request: request, observer: SilentObserver()).preview()
        } catch {
            throw HubError.unifying(error, endpoints: settings.endpoints)
        }
    }
}
