internal import HubWire
internal import Publish
internal import PublishWire

extension DownloadOrder {
    static let members: Set<String> = [
        "model_name", "info_hash", "magnet", "torrent", "version", "output", "seed", "include", "exclude",
    ]

    /// The body of `POST /v1/models/download` (docs/agent.md).
    /// - Throws: ``AgentFailure`` with code `bad_request`.
    init(_ reader: MemberReader) throws(AgentFailure) {
        var name: ModelName?
        if let text = try reader.text("model_name"), !text.isEmpty { name = try .asked(text) }
        var subjects: [String] = []
        if let text = try reader.text("info_hash"), !text.isEmpty {
            guard Hex.decode(text, count: 20) ?? Hex.decode(text, count: 32) != nil else {
                throw .badRequest("'info_hash' is not 40 or 64 hexadecimal digits")
            }
            subjects.append(text.lowercased())
        }
        if let text = try reader.text("magnet"), !text.isEmpty {
            do throws(PublishError) {
                _ = try MagnetLink(text)
            } catch {
                throw .badRequest("'magnet' is no magnet link: \(error.message)", hint: error.hint)
            }
            subjects.append(text)
        }
        if let path = try reader.folder("torrent") { subjects.append(path) }
        guard subjects.count < 2 else {
            throw .badRequest("only one of 'info_hash', 'magnet' and 'torrent' can be there")
        }
        guard let subject = subjects.first ?? name?.id.description else {
            throw .badRequest("'model_name' is missing", hint: "or 'info_hash', 'magnet' or 'torrent'")
        }
        self.init(subject: subject)
        version = try reader.text("version").flatMap { $0.isEmpty ? nil : $0 } ?? name?.version
        if let version {
            do throws(PublishError) {
                try ModelVersion.check(version)
            } catch {
                throw .badRequest(error.message, hint: error.hint)
            }
        }
        folder = try reader.folder("output")
        seeds = try reader.truth("seed") ?? true
        include = try reader.texts("include")
        exclude = try reader.texts("exclude")
    }
}

extension ShareOrder {
    static let members: Set<String> = [
        "model_name", "path", "all", "name", "license", "version", "piece_length", "skip_dht", "sign_manifest",
        "repo_url", "branch", "depth", "skip_lfs",
    ]

    /// The body of `POST /v1/models/share` without `all` (docs/agent.md).
    /// - Throws: ``AgentFailure`` with code `bad_request`.
    init(_ reader: MemberReader) throws(AgentFailure) {
        let path = try reader.folder("path")
        let model = try reader.text("model_name").flatMap { $0.isEmpty ? nil : $0 }
        switch (path, model) {
        case (let path?, nil): self.init(subject: path)
        case (nil, let model?): self.init(subject: try ModelName.asked(model).description)
        case (nil, nil):
            throw .badRequest("nothing is named to share", hint: "send 'path', 'model_name', 'repo_url' or 'all'")
        default: throw .badRequest("only one of 'path', 'model_name', 'repo_url' and 'all' can be there")
        }
        for other in ["branch", "depth", "skip_lfs"] where reader.object[other].map({ $0 != .null }) ?? false {
            throw .badRequest("'\(other)' belongs to 'repo_url'")
        }
        if let text = try reader.text("name"), !text.isEmpty { name = try ModelName.asked(text).id.description }
        license = try reader.text("license")
        version = try reader.text("version")
        if let version {
            do throws(PublishError) {
                try ModelVersion.check(version)
            } catch {
                throw .badRequest(error.message, hint: error.hint)
            }
        }
        if let length = try reader.number("piece_length"), length != 0 {
            guard (16 << 10)...(64 << 20) ~= length, length & (length - 1) == 0 else {
                throw .badRequest("'piece_length' is not a power of two from 16384 to 67108864")
            }
            pieceLength = length
        }
        skipsDHT = try reader.truth("skip_dht") ?? false
        signs = try reader.truth("sign_manifest")
    }
}

extension DownloadOrder {
    /// The body of `POST /v1/models/share` with `repo_url`.
    /// - Throws: ``AgentFailure`` with code `bad_request`.
    init(mirroring address: String, _ reader: MemberReader) throws(AgentFailure) {
        for other in ["path", "model_name", "piece_length"] where reader.object[other].map({ $0 != .null }) ?? false {
            throw .badRequest("'\(other)' and 'repo_url' exclude each other")
        }
        guard !address.isEmpty, address.utf8.count <= 2_048, !address.hasPrefix("-"),
            address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .badRequest("'repo_url' is neither a web address nor ORG/NAME") }
        self.init(subject: address)
        var mirror = Mirror()
        mirror.license = try reader.text("license")
        mirror.branch = try reader.text("branch")
        if let depth = try reader.number("depth") {
            guard depth >= 0 else { throw .badRequest("'depth' is less than 0") }
            mirror.depth = depth
        }
        mirror.skipsLFS = try reader.truth("skip_lfs") ?? false
        mirror.skipsDHT = try reader.truth("skip_dht") ?? false
        mirror.signs = try reader.truth("sign_manifest")
        self.mirror = mirror
    }
}

extension ModelName {
    /// - Throws: ``AgentFailure`` with code `bad_request`.
    static func asked(_ text: String) throws(AgentFailure) -> ModelName {
        do throws(PublishError) {
            return try ModelName(parsing: text)
        } catch {
            throw .badRequest(error.message, hint: error.hint)
        }
    }
}
