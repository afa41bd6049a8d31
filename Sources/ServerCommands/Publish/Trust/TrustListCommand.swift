internal import ArgumentParser
internal import Commands
internal import Publish
internal import PublishWire
internal import Terminal

/// Shows whom the user believes.
struct TrustListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List your own key, and those of publishers.", aliases: ["ls"])

    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        struct Own: Encodable {
            var key: String
            var label: String?
            /// When the operating key's delegation ends.
            var delegatedUntil: Int64
            var hasIdentityKey: Bool

            enum CodingKeys: String, CodingKey {
                case key, label
                case delegatedUntil = "delegated_until"
                case hasIdentityKey = "has_identity_key"
            }
        }

        struct Pin: Encodable {
            var namespace: String
            var key: String
            var origin: String
            var epoch: UInt32
            var since: Int64
            var withdrawn: Bool
        }

        struct Key: Encodable {
            var key: String
            var since: Int64
        }

        var own: Own?
        var pins: [Pin]
        var followed: [Key]
        var withdrawn: [Key]
    }

    func run() async throws {
        let session = try PublishSession()
        let output = session.output(output)
        let book = try TrustFile.read(session.folder)
        let own = try PublisherKeys.load(session.folder)
        func keys(_ list: some Sequence<(PublisherKey, Int64)>) -> [Document.Key] {
            list.map { Document.Key(key: $0.0.fingerprint, since: $0.1) }.sorted { $0.key < $1.key }
        }
        let document = Document(
            own: own.map {
                Document.Own(
                    key: $0.identity.fingerprint, label: $0.label?.text, delegatedUntil: $0.delegation.expiry,
                    hasIdentityKey: $0.hasIdentityKey)
            },
            pins: book.pins.map {
                Document.Pin(
                    namespace: $0.namespace, key: $0.key.fingerprint, origin: $0.origin.rawValue, epoch: $0.epoch,
                    since: $0.since, withdrawn: book.isWithdrawn($0.key))
            },
            followed: keys(book.followed.map { ($0.key, $0.value) }),
            withdrawn: keys(book.withdrawn.map { ($0.key, $0.value.since) }))
        try output.print(document, quiet: document.pins.map { "\($0.namespace) \($0.key)" }) {
            var lines = [
                "you          "
                    + (own.map { "\($0.identity.shortForm)  \($0.identity.fingerprint)" }
                        ?? "no key yet: 'shoal share' makes one")
            ]
            lines += book.pins.map { pin in
                let state = book.isWithdrawn(pin.key) ? ", withdrawn" : ""
                return "pinned       \(pin.namespace)/*  \(pin.key.shortForm)  (\(pin.origin.rawValue)\(state))"
            }
            lines += book.followed.keys.sorted().map { "followed     \($0.shortForm)" }
            lines += book.withdrawn.keys.sorted().map { "withdrawn    \($0.shortForm)" }
            return lines.map(TextWidth.printable)
        }
    }
}
