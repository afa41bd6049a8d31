internal import Commands
internal import HubClient
internal import HubWire
internal import Publish
internal import PublishWire
internal import Terminal

/// What `shoal mirror` prints: all that `shoal share` prints, and where it comes from.
struct MirrorDocument: Encodable {
    /// Who keeps up with new commits.
    enum Keeper: String, Encodable { case agent, command }

    private let share: ShareDocument
    private let history: ShareDocument?
    private let repo: String
    private let endpoint: String
    private let commit: String
    private let webSeed: String
    private let received: UInt64
    private let follower: Keeper?
    private let leftOut: [String]

    private enum CodingKeys: String, CodingKey {
        case repo, endpoint, commit, history, follower
        case webSeed = "web_seed"
        case received = "received_bytes"
        case leftOut = "left_out"
    }

    init(_ result: MirrorResult, _ order: MirrorOrder, _ registry: Registry, isTold: Bool, follower: Keeper?) {
        func document(_ share: ShareResult) -> ShareDocument {
            ShareDocument(
                ShareReport(name: share.entry.id.text, result: share, failure: nil), registry, isTold: isTold)
        }
        share = document(result.share)
        history = result.history.map(document)
        repo = order.address.repo.type.urlPrefix + order.address.repo.id.description
        endpoint = order.address.endpoint
        commit = result.commit
        webSeed = order.address.webSeed
        received = result.pull.statistics.networkBytes
        leftOut = result.share.leftOut
        self.follower = follower
    }

    func encode(to encoder: any Encoder) throws {
        try share.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(repo, forKey: .repo)
        try members.encode(endpoint, forKey: .endpoint)
        try members.encode(commit, forKey: .commit)
        try members.encode(webSeed, forKey: .webSeed)
        try members.encode(received, forKey: .received)
        try members.encode(leftOut, forKey: .leftOut)
        try members.encodeIfPresent(history, forKey: .history)
        try members.encodeIfPresent(follower, forKey: .follower)
    }

    var magnet: String { share.magnet ?? "" }

    /// For people.
    var lines: [String] {
        var lines = share.lines
        lines.append("web seed     \(webSeed)")
        if let history { lines.append("history      \(history.name), magnet \(history.magnet ?? "")") }
        switch follower {
        case .agent: lines.append("following    by the agent; --no-follow ends it")
        case .command: lines.append("following    until this command is ended")
        case nil: break
        }
        return lines.map(TextWidth.printable)
    }

    static func summary(_ result: MirrorResult, elapsed: Duration) -> String {
        let entry = result.share.entry
        let received = result.pull.statistics.networkBytes
        var parts = [
            "mirrored \(entry.id) at \(result.commit.prefix(12))",
            "\(entry.fileCount) files with \(ByteText.size(UInt64(max(0, entry.size))))",
        ]
        if received > 0 { parts.append("\(ByteText.size(received)) received") }
        return parts.joined(separator: ", ") + " in \(DurationText.elapsed(elapsed))"
    }
}
