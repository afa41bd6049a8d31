internal import ArgumentParser
internal import Commands
internal import Publish
internal import PublishWire
internal import Terminal

/// Changes the own key, or follows another publisher's change.
struct TrustRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Take a new key of your own, or follow a publisher to its new key.",
        discussion: """
            Without an argument: makes a new identity and signs, with both keys, that it takes the place of the old; \
            followers learn it with your next announcement. What the old key has signed followers refuse from then on, so \
            each model that you publish is signed anew, which makes a new torrent of it. The old key's file stays in the \
            keys' folder. With a statement that a publisher has given you: follows it.

            EXAMPLES:
              shoal trust rotate
              shoal trust rotate ae5x…         a statement, or a file with one
            """)

    @Argument(help: ArgumentHelp("A statement, or a file with one.", valueName: "statement"))
    var statement: String?

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup(title: "Hub") var hub: HubOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        var old: String
        var new: String
        var epoch: UInt32
        var statement: String
        /// Namespaces whose pins changed.
        var changed: [String]
        /// Models that have a new signature, and a new torrent.
        var resigned: [String]
        /// Models that could not be signed anew.
        var failed: [String]
    }

    func run() async throws {
        let session = try PublishSession()
        let output = session.output(output)
        let rotation: Rotation
        var changed: [String] = []
        var signed = Resigning.Outcome()
        if let statement {
            rotation = try Self.rotation(statement)
            let affected = try TrustFile.read(session.folder).pins.filter { $0.key == rotation.old }.map(\.namespace)
            try await TrustFile.change(session.folder) { book throws(PublishError) in
                try book.rotate(rotation, at: Clock.now)
            }
            changed = affected
        } else {
            guard try PublisherKeys.load(session.folder) != nil else {
                throw PublishError(
                    .badKey, "there is no key to take another one for", hint: "the first 'shoal share' makes your key")
            }
            if !output.isForMachines {
                TerminalStream.output.writeLine("about to put a new key in the place of your old one, for good")
            }
            try Confirmation.require(yes, as: output, refusal: "the key was not changed")
            rotation = try await PublisherKeys.rotate(session.folder).rotation
            signed = try await Resigning(session: session, hub: hub, progress: progress, output: output).run()
            if AgentClient() != nil { _ = await session.tellAgent() }
        }
        let document = Document(
            old: rotation.old.fingerprint, new: rotation.new.fingerprint, epoch: rotation.epoch,
            statement: Base32.encode(rotation.bytes), changed: changed, resigned: signed.models,
            failed: signed.failures)
        try output.print(document, quiet: [document.statement]) {
            [
                "old key    \(rotation.old.shortForm)",
                "new key    \(rotation.new.shortForm)  \(rotation.new.fingerprint)",
            ]
                + changed.map { "now pinned \($0)/*" } + signed.models.map { "signed     \($0)" }
                + signed.failures.map { "old key's  \($0)" } + ["statement  \(document.statement)"]
        }
    }

    private static func rotation(_ text: String) throws -> Rotation {
        let path = FolderPath.absolute(text, home: Environment.home)
        let content = PlacedFile.read(path, limit: 4 << 10).map { String(decoding: $0, as: UTF8.self) } ?? text
        guard let bytes = Base32.decode(content.filter { !$0.isWhitespace }), bytes.count == Rotation.size else {
            let isKey = PublisherKey(fingerprint: text) != nil
            throw CommandFailure.usage(
                "'\(text.prefix(40))' is \(isKey ? "a key" : "no statement of a new key"), and no file with a statement",
                hint: "'shoal trust rotate' has printed the statement for the publisher; to pin a key yourself: "
                    + "'shoal trust add ORG KEY --replace'")
        }
        return try Rotation(bytes)
    }
}
