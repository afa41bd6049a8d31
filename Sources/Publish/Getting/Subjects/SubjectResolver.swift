internal import NIOCore
internal import NIOHTTP1
internal import PublishWire
package import Transport

/// Turns what a user has named into something that can be fetched.
package struct SubjectResolver: Sendable {
    private let registry: Registry
    private let finder: (any ModelFinder)?
    private let transport: any HTTPTransport
    private let home: String
    private let lookUp: HostLookUp
    private let links: PublisherLinks?

    /// - Parameters:
    ///   - finder: asked for models that the registry does not have.
    ///   - links: follows links that name a publisher; nil without the DHT.
    ///   - home: what `~/` stands for.
    ///   - lookUp: what the host of a torrent's address is looked up with.
    package init(
        registry: Registry, finder: (any ModelFinder)?, links: PublisherLinks? = nil, transport: any HTTPTransport,
        home: String, lookUp: @escaping HostLookUp = HostNames.system
    ) {
        self.links = links
        self.registry = registry
        self.finder = finder
        self.transport = transport
        self.home = home
        self.lookUp = lookUp
    }

    /// - Parameter version: goes before that of the name.
    package func resolve(_ subject: GetSubject, version: String? = nil) async throws -> GetOrder {
        var order = try await order(for: subject, version: version)
        // What was kept from the public stays so, however it is asked for.
        if let entry = try order.subject.hashes.flatMap(entry), !entry.isPublic { order.isPublic = false }
        return order
    }

    private func entry(_ hashes: InfoHashes) throws(PublishError) -> RegistryEntry? {
        guard let hash = hashes.v2 ?? hashes.v1 else { return nil }
        return try registry.find(hash: hash)
    }

    private func order(for subject: GetSubject, version: String?) async throws -> GetOrder {
        switch subject {
        case .file(let path):
            var order = GetOrder(.metainfo(try read(path)))
            order.isFromDisk = true
            return order
        case .url(let url): return GetOrder(.metainfo(try await fetch(url)))
        case .magnet(let link):
            guard link.hashes == nil, let publisher = link.publisher else {
                return try known(link) ?? GetOrder(.magnet(link))
            }
            return try await follow(link, to: publisher)
        case .model(var name):
            if let version {
                try ModelVersion.check(version)
                name.version = version
            }
            return try await find(name)
        }
    }

    /// Asks the DHT which torrent a publisher's link means now, and goes on as with a link to that.
    private func follow(_ link: MagnetLink, to publisher: MagnetLink.Publisher) async throws -> GetOrder {
        guard let links else {
            throw PublishError(
                .dhtOff, "the magnet link names a publisher's item in the DHT, which is switched off",
                hint: "leave --skip-dht out, or set network.dht_enabled; or ask for a link that names a torrent")
        }
        let torrent = try await links.torrent(of: publisher)
        var link = link
        link.hashes = torrent.hashes
        link.size = torrent.size ?? link.size
        var order = try known(link) ?? GetOrder(.magnet(link))
        order.manifestHash = torrent.manifest
        return order
    }

    /// A torrent whose metainfo is in the registry need not be asked for.
    private func known(_ link: MagnetLink) throws(PublishError) -> GetOrder? {
        guard let hashes = link.hashes, let entry = try entry(hashes), let metainfo = try? registry.metainfo(of: entry)
        else { return nil }
        var order = order(metainfo, of: entry)
        order.alias = link
        return order
    }

    private func order(_ metainfo: Metainfo, of entry: RegistryEntry) -> GetOrder {
        var order = GetOrder(.metainfo(metainfo))
        order.isFromDisk = entry.origin != .got
        return order
    }

    private func find(_ name: ModelName) async throws -> GetOrder {
        if let entry = try registry.find(name.id, version: name.version),
            let metainfo = try? registry.metainfo(of: entry)
        {
            var order = order(metainfo, of: entry)
            order.name = entry.name
            order.manifestHash = registry.bytes(.manifest, of: entry).map { Digest.sha256($0) }
            return order
        }
        guard let found = try await finder?.find(name) else {
            throw PublishError(
                .notFound, "nobody was found who offers \(name)",
                hint: "'shoal discover \(name.id.name)' looks for similar ones; 'shoal pull \(name.id)' asks the hub")
        }
        var order = GetOrder(.magnet(found.link))
        order.name = found.name
        order.manifestHash = found.manifestHash
        return order
    }

    private func read(_ path: String) throws(PublishError) -> Metainfo {
        let full = FolderPath.absolute(path, home: home)
        guard let facts = FileFacts(full) else {
            throw PublishError(.localFile, "there is no \(full)", hint: "check the path")
        }
        guard facts.isFile else {
            throw PublishError(
                .localFile, "\(full) is no file", hint: "a .torrent is needed here; 'shoal share' takes folders")
        }
        guard facts.size <= Metainfo.largestTorrent, let bytes = PlacedFile.read(full, limit: Metainfo.largestTorrent)
        else {
            throw PublishError(
                .tooLarge, "\(full) has \(facts.size) bytes, or cannot be read", hint: "a .torrent is needed here")
        }
        return try Metainfo(bytes)
    }

    private func fetch(_ url: String) async throws -> Metainfo {
        var request = HTTPRequest(url: url)
        request.headers.add(name: "User-Agent", value: "shoal")
        request.replyTimeout = .seconds(30)
        // Where the user sends it, and not where that server would have it sent inside this site.
        let reply = try await GuardedTransport(transport, to: url, .site, lookUp: lookUp)
            .sendFollowingRedirects(request, retrying: RetryPolicy())
        guard reply.isSuccess else {
            await reply.discard()
            throw PublishError(
                .notFound, "\(TransportError.withoutQuery(url)) answers with \(reply.status)", hint: "check the address"
            )
        }
        let body = try await reply.collect(upTo: Metainfo.largestTorrent, silence: .seconds(30))
        return try Metainfo(Array(body.readableBytesView))
    }
}
