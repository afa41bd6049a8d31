internal import ArgumentParser
internal import Commands
internal import Publish
internal import PublishWire
internal import Terminal

/// What a change of trust prints.
struct TrustDocument: Encodable {
    var changed: [String]
}

/// Pins a namespace, or follows a publisher.
struct TrustAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Pin a namespace to a publisher's key, or follow a publisher.",
        discussion: """
            EXAMPLES:
              shoal trust add org zxkr…(52 characters)
              shoal trust add zxkr…                     follow whatever it publishes
              shoal trust add org abcd… --replace       in place of the key that is pinned
            """)

    @Argument(help: ArgumentHelp("ORG and KEY, or KEY alone.", valueName: "org|key"))
    var words: [String]

    @Flag(help: "In place of another key that is pinned.")
    var replace = false

    @OptionGroup var output: ResultOptions

    func validate() throws {
        guard (1...2).contains(words.count) else { throw ValidationError("name an organisation and a key, or a key") }
    }

    func run() async throws {
        let session = try PublishSession()
        let output = session.output(output)
        let key = try TrustWords.key(words[words.count - 1])
        let namespace = words.count == 2 ? try TrustWords.namespace(words[0]) : nil
        try session.folder.prepare()
        try await TrustFile.change(session.folder) { book throws(PublishError) in
            if let namespace {
                try book.add(namespace, key, at: Clock.now, replacing: replace)
            } else {
                try session.settings.catalogue.limits.follow(key, in: &book, at: Clock.now)
            }
        }
        let line = namespace.map { "\($0)/* belongs to \(key.shortForm)" } ?? "following \(key.shortForm)"
        try output.print(TrustDocument(changed: [line]), quiet: []) { [line] }
    }
}

/// Forgets a pin or a publisher.
struct TrustRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Forget a pin, stop following a publisher, or withdraw a key.",
        discussion: """
            EXAMPLES:
              shoal trust rm org
              shoal trust rm zxkr…             do not follow it any more
              shoal trust rm zxkr… --revoke    believe nothing that it has signed
            """)

    @Argument(help: ArgumentHelp("An organisation, or a key.", valueName: "org|key"))
    var word: String

    @Flag(help: "Withdraw the key: nothing it has signed is believed, whatever it is pinned for.")
    var revoke = false

    @OptionGroup var output: ResultOptions

    func run() async throws {
        let session = try PublishSession()
        let output = session.output(output)
        try session.folder.prepare()
        let key = PublisherKey(fingerprint: word)
        let namespace = key == nil ? try TrustWords.namespace(word) : nil
        guard !revoke || key != nil else {
            throw CommandFailure.usage(
                "--revoke takes a key of 52 characters", hint: "'shoal trust list --json' shows keys")
        }
        var changed: [String] = []
        let book = try TrustFile.read(session.folder)
        if let namespace, book.pin(of: namespace) != nil { changed.append("\(namespace)/* is not pinned any more") }
        if let key, !revoke, book.followed[key] != nil { changed.append("\(key.shortForm) is not followed any more") }
        if let key, !revoke, book.withdrawn[key]?.author == .user {
            changed.append("\(key.shortForm) is believed again")
        }
        if let key, revoke { changed.append("\(key.shortForm) is withdrawn") }
        guard !changed.isEmpty else {
            throw CommandFailure(
                code: "unknown_publisher", message: "nothing is known of '\(word.prefix(96))'",
                hint: "'shoal trust list' shows what there is")
        }
        try await TrustFile.change(session.folder) { book throws(PublishError) in
            if let namespace { _ = book.remove(namespace) }
            guard let key else { return }
            if revoke { return try book.revoke(key, at: Clock.now) }
            book.unfollow(key)
            book.restore(key)
        }
        let lines = changed
        try output.print(TrustDocument(changed: lines), quiet: []) { lines }
    }
}

/// What users write on the command line.
private enum TrustWords {
    static func key(_ text: String) throws -> PublisherKey {
        guard let key = PublisherKey(fingerprint: text) else {
            throw CommandFailure.usage(
                "'\(text.prefix(60))' is no key",
                hint: "a key has \(PublisherKey.fingerprintLength) letters and digits; 'shoal discover --json' shows "
                    + "keys; to pin an organisation name both: 'shoal trust add ORG KEY'")
        }
        return key
    }

    static func namespace(_ text: String) throws -> String {
        let name = text.hasSuffix("/*") ? String(text.dropLast(2)) : text
        guard CatalogueID.isNamespace(name) else {
            throw CommandFailure.usage("'\(text.prefix(60))' is no organisation's name", hint: "for example 'org'")
        }
        return name
    }
}
