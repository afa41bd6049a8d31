internal import HTTPTypes
internal import HubClient
internal import HubWire
internal import Hummingbird
internal import Logging
internal import Transport

/// Files: what they are, and their bytes.
struct ResolveRoute: Sendable {
    let upstream: UpstreamHub
    let book: FactBook
    let desk: FileDesk
    let readers: ReaderRecord
    let shelf: OfflineShelf
    let giants = GiantFiles()

    /// - Parameter checksAll: whether the client compares all of what it gets with a hash in the end. It is sent the
    ///   range that it asks for even when it may hold wrong bytes.
    func respond(to request: Request, target: ResolveTarget, checksAll: Bool = false) async throws -> Response {
        let caller = Caller(request)
        // Who shows in another way who he is can be spoken for by nobody else.
        guard caller.isAnonymous || caller.token != nil else { return try await upstream.forward(request) }
        switch try await book.look(request, target: target) {
        case .file(let facts):
            await readers.note(caller, target.repo, commit: facts.metadata.commit)
            return try await respond(to: request, target, facts, caller, isOnline: true, checksAll)
        case .moved(let reply):
            var response = try await upstream.pass(reply, isHead: true)
            // Clients follow only where the host stays.
            if let location = response.headers[.location] { response.headers[.location] = Self.path(of: location) }
            return response
        case .other(let reply):
            if request.method == .head { return try await upstream.pass(reply, isHead: true) }
            await reply.discard()
            return try await upstream.forward(request)
        case .absent(let absence):
            guard let facts = await shelf.facts(of: target, for: caller) else { throw absence.refusal }
            return try await respond(to: request, target, facts, caller, isOnline: false, checksAll)
        }
    }

    /// The path and query of an address.
    private static func path(of address: String) -> String {
        guard let mark = address.firstRange(of: "://") else { return address }
        let rest = address[mark.upperBound...].drop { $0 != "/" }
        return rest.isEmpty ? "/" : String(rest)
    }

    private func respond(
        to request: Request, _ target: ResolveTarget, _ facts: FileFacts, _ caller: Caller, isOnline: Bool,
        _ checksAll: Bool
    ) async throws -> Response {
        let size = facts.metadata.size
        var fields: HTTPFields = [
            .eTag: facts.tag, .acceptRanges: "bytes",
            .contentType: facts.contentType ?? "application/octet-stream",
        ]
        fields[.contentDisposition] = facts.disposition
        fields[.own(HubHeader.repoCommit)] = facts.metadata.commit
        fields[.own(HubHeader.linkedETag)] = facts.tag
        fields[.own(HubHeader.linkedSize)] = "\(size)"
        if isOnline, let hash = facts.metadata.xetHash, let route = giants.route(to: facts, of: target) {
            let address = upstream.headers.address(of: route)
            fields[.own(HubHeader.xetHash)] = hash
            fields[.own(HubHeader.xetRefreshRoute)] = address
            fields[.own("Link")] = "<\(address)>; rel=\"xet-auth\""
        }
        guard request.method == .get else {
            return Response(status: .ok, headers: fields, body: ResponseBody(contentLength: Int(size)) { _ in })
        }
        var range = RangeHeader(request.headers[.range], size: size)
        if let condition = request.headers[.ifRange], condition != facts.tag { range = .whole }
        // Whoever has a part of it may have a wrong one: all of it is sent anew.
        if !checksAll, case .part(let part) = range, part.lowerBound > 0, desk.isTainted(facts.metadata.etag) {
            range = .whole
        }
        var wanted = 0..<size
        var status = HTTPTypes.HTTPResponse.Status.ok
        switch range {
        case .whole: break
        case .unsatisfiable:
            fields[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: fields)
        case .part(let part):
            wanted = part
            status = .partialContent
            fields[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
        }
        let order = FileOrder(
            facts: facts, repo: target.pinned(to: facts.metadata.commit), caller: caller, range: wanted,
            isOnline: isOnline)
        let source = try await desk.source(for: order)
        return Response(
            status: status, headers: fields,
            body: ResponseBody(contentLength: wanted.count) { [desk] writer in
                try await desk.send(order, from: source, to: &writer)
            })
    }
}
