internal import HubWire
internal import NIOHTTP1

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What the hub says about one file before it is sent.
struct UploadPlan: Sendable {
    var file: PushSource.File
    /// Empty files always travel inline.
    var mode: UploadMode
    var isIgnored: Bool
    /// What is at that path now: SHA-256, or git's blob id.
    var currentID: String?
}

extension Hub {
    /// Asks the hub how each file shall travel, 256 at a time (hub-api §1.7).
    /// - Returns: a plan for each file, and the commit that the answers are about, where the hub says so.
    func planUpload(
        _ files: [PushSource.File], to repo: RepoReference, forPullRequest: Bool = false
    ) async throws -> (plans: [UploadPlan], head: String?) {
        var heads: Set<String?> = []
        let ignoreFile = files.first { $0.name == ".gitignore" }
        let ignoreText = ignoreFile.flatMap { Disk.text($0.localPath) }
        var plans: [UploadPlan] = []
        var start = 0
        while start < files.count {
            let batch = files[start..<min(start + PreuploadRequest.maximumFiles, files.count)]
            start = batch.endIndex
            let request = PreuploadRequest(
                files: try batch.map { file in
                    PreuploadRequest.File(
                        path: file.name, sample: try Hub.sample(of: file), size: Int64(clamping: file.size))
                },
                gitIgnore: ignoreText)
            let reply = try await send(
                HubRequest(
                    method: .POST,
                    target: "\(repo.apiPath)/preupload/\(repo.revisionSegment)"
                        + (forPullRequest ? "?create_pr=1" : ""), headers: jsonHeaders, body: try Hub.json(request),
                    patience: .full, subject: subject(repo, isWrite: true)))
            let answer = try reply.decoded(PreuploadReply.self)
            heads.insert(answer.commitOid.flatMap { RepoReference.isCommit($0) ? $0 : nil })
            let answers = answer.files
            var byPath: [[UInt8]: PreuploadReply.File] = [:]
            for answer in answers { byPath[Array(answer.path.utf8)] = answer }
            for file in batch {
                guard let answer = byPath[Array(file.name.utf8)] else {
                    throw HubError(.notAHub, "\(settings.endpoint) does not say how '\(file.name)' shall be uploaded.")
                }
                plans.append(
                    UploadPlan(
                        file: file, mode: file.size == 0 ? .regular : answer.uploadMode,
                        isIgnored: answer.shouldIgnore, currentID: answer.oid))
            }
        }
        // When the branch moved between two batches, no one commit stands for all answers.
        return (plans, heads.count == 1 ? heads.first ?? nil : nil)
    }

    /// Base64 of the first 512 bytes.
    private static func sample(of source: PushSource.File) throws -> String {
        let file = open(source.localPath, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Disk.failure("open", source.localPath, errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 512)
        guard let count = bytes.withUnsafeMutableBytes({ Disk.readFully(file, into: $0) }) else {
            throw Disk.failure("read", source.localPath, errno)
        }
        return Data(bytes[..<count]).base64EncodedString()
    }
}
