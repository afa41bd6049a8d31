internal import Agent
internal import ArgumentParser
internal import Commands
internal import HubClient
internal import HubWire
internal import Publish
internal import PublishWire
internal import Terminal

/// Copies a repository of a hub and publishes it.
struct MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "Copy a public repository of a hub, and publish it as a torrent.",
        discussion: """
            Pulls the repository into the Hugging Face cache as 'shoal pull' does, makes a torrent of it where it lies, \
            with a manifest that you sign, and has the agent give it to others. The hub stays a source: its addresses \
            are the torrent's web seed, so what is mirrored can be had while no peer is there. Each commit is a version \
            of its own. An interrupted mirror continues when it is run again.

            What is private or gated is refused. The licence is that of the repository's card, else --license.

            --depth N publishes the last N commits of the git history too, as ORG/NAME-git, a bare repository; git is \
            run for that alone.

            With --follow new commits are mirrored as they come: by the agent where one gives, else by this command \
            until it is ended. --no-follow has the agent follow no longer.

            EXAMPLES:
              shoal mirror org/model
              shoal mirror datasets/org/data --revision v1.0 --no-broadcast
              shoal mirror https://hub.example/org/model.git --license mit
              shoal mirror org/model --follow --interval 1h --keep 2
            """)

    @Argument(help: ArgumentHelp("ORG/NAME, datasets/ORG/NAME, or the address of a hub's page.", valueName: "repo|url"))
    var repo: String

    @Option(
        name: [.customLong("revision"), .customLong("branch")],
        help: ArgumentHelp("A branch, tag or commit; main by default.", valueName: "revision"))
    var revision: String?

    @Option(name: [.customLong("repo-type"), .customLong("type")], help: "What the repository holds.")
    var repoType: RepoType?

    @OptionGroup(title: "What is published") var options: MirrorOptions
    @OptionGroup(title: "Following") var following: MirrorFollowOptions
    @OptionGroup(title: "Hub") var hub: HubOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        if revision == "" { throw ValidationError("--revision is empty") }
        if let depth = options.depth, depth < 1 { throw ValidationError("--depth is less than 1") }
        guard following.keep >= 1, following.keep <= 1_000 else { throw ValidationError("--keep takes 1 to 1000") }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        let session = try PublishSession()
        var own = try session.hubSettings(hub)
        // An address of this machine is no source for others.
        if let agent = AgentClient() { AgentSession.leaveAgent(at: agent.document.httpPort, &own) }
        let order = try options.order(try address(at: own), session.settings)
        try order.check()
        let run = MirrorRun(
            session: session, settings: order.address.settings(from: own), output: session.output(output),
            progress: progress)
        let interval = try following.seconds()
        switch following.follow {
        case nil: try await run.once(order)
        case false?: try run.forget(order)
        case true?:
            guard !RepoReference.isCommit(order.address.repo.effectiveRevision) else {
                throw CommandFailure.usage(
                    "a commit never changes, so there is nothing to follow", hint: "name a branch with --revision")
            }
            var record = FollowRecord(order)
            (record.interval, record.keep) = (interval, following.keep)
            try await run.follow(record)
        }
    }

    private func address(at hub: HubSettings) throws -> MirrorAddress {
        var address = try MirrorAddress(parsing: repo, endpoint: hub.endpoint)
        if let repoType, repoType != address.repo.type {
            guard address.repo.type == .model else {
                throw CommandFailure.usage(
                    "'\(repo)' is the name of a \(address.repo.type.rawValue), and the option says \(repoType.rawValue)",
                    hint: "leave one of them out")
            }
            address.repo.type = repoType
        }
        guard let revision else { return address }
        if let named = address.repo.revision, named != revision {
            throw CommandFailure.usage(
                "'\(repo)' names the revision '\(named)', and --revision names '\(revision)'",
                hint: "leave one of them out")
        }
        return address.at(revision: revision)
    }
}

/// How a mirror is published.
struct MirrorOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What it is called here; as at the hub by default.", valueName: "org/name"))
    var name: String?

    @Option(help: ArgumentHelp("Its licence, where its card names none, such as apache-2.0.", valueName: "name"))
    var license: String?

    @Option(help: ArgumentHelp("Publish the last N commits of the git history too.", valueName: "n"))
    var depth: Int?

    @Flag(name: .customLong("skip-lfs"), help: "Leave out large files: what the hub keeps by LFS or Xet.")
    var skipsLarge = false

    @Flag(
        name: .customLong("no-broadcast"),
        help: "Do not tell the DHT, other peers or the catalogue: only who has the link finds you, by a tracker.")
    var noBroadcast = false

    @Flag(name: .customLong("no-auto-share"), help: "Only make it; 'shoal share ORG/NAME' gives it later.")
    var noShare = false

    @Flag(inversion: .prefixedNo, help: "Sign the manifest; by default security.sign_manifests.")
    var sign: Bool?

    func order(_ address: MirrorAddress, _ settings: PublishSettings) throws -> MirrorOrder {
        var order = MirrorOrder(address)
        if let name {
            let parsed = try ModelName(parsing: name)
            guard parsed.version == nil else {
                throw CommandFailure.usage("--name takes no version", hint: "each commit is a version of its own")
            }
            let kind: CatalogueID.Kind = address.repo.type == .dataset ? .dataset : .model
            order.id = CatalogueID(parsed.id.text, kind: kind)
        }
        if let license { order.licence = try LicenceName.check(license) }
        order.depth = depth ?? 0
        order.skipsLarge = skipsLarge
        order.isPublic = !noBroadcast
        order.seeds = !noShare
        order.signs = sign ?? settings.security.signsManifests
        order.pieceLength = settings.torrent.pieceLength
        return order
    }
}

/// Whether and how new commits are mirrored.
struct MirrorFollowOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Mirror new commits as they come; --no-follow ends that.")
    var follow: Bool?

    @Option(help: ArgumentHelp("How often the hub is asked, such as 30s, 10m or 1h.", valueName: "time"))
    var interval = AgeArgument(.seconds(600))

    @Option(help: ArgumentHelp("How many versions are given to others.", valueName: "n"))
    var keep = 3

    func seconds() throws -> Int64 {
        let seconds = interval.duration.components.seconds
        guard FollowRecord.shortestInterval...FollowRecord.longestInterval ~= seconds else {
            throw CommandFailure.usage("--interval takes a time from 1s to 7d", hint: "for example --interval 30m")
        }
        return seconds
    }
}
