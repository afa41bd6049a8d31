import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// What people add to a discussion.
struct DiscussionChangeRoutes: Sendable {
    let services: ServerServices
    let call: DiscussionCall

    private func write(_ body: @escaping @Sendable (Database) throws -> DiscussionEvent) async throws -> JSONValue {
        try await services.database.pool.write(body).json
    }

    func comment() async throws -> Response {
        struct Body: Decodable {
            var comment: String
        }
        _ = try await services.database.pool.read { db in try call.forSpeaker(in: db) }
        let text = try DiscussionRoutes.text(await call.request.json(Body.self).comment)
        let event = try await write { [call] db in
            let (user, discussion) = try call.forSpeaker(in: db)
            try discussion.requireRoom(in: db)
            let now = HubDate.nowInMilliseconds
            return try discussion.addEvent(
                DiscussionEvent.comment(text, by: user.name, at: now), by: user.name, at: now, in: db)
        }
        return try .json(["newMessage": event])
    }

    func edit(_ id: Int64) async throws -> Response {
        struct Body: Decodable {
            var content: String
        }
        _ = try await services.database.pool.read { db in try call.forSpeaker(in: db) }
        let text = try DiscussionRoutes.text(await call.request.json(Body.self).content)
        return try await change(id) { event, user in
            guard event.author == user else { throw HubFailure(.forbidden, "Only its author may edit a comment") }
            return event.edited(text, by: user, at: HubDate.nowInMilliseconds)
        }
    }

    /// A comment can be hidden by its author and by those who may write to the repository.
    func hide(_ id: Int64) async throws -> Response {
        let isWriter = try await services.database.pool.read { db in
            call.request.caller.canWrite(try call.find(in: db).repo)
        }
        return try await change(id) { event, user in
            guard event.author == user || isWriter else {
                throw HubFailure(.forbidden, "The comment is somebody else's")
            }
            return event.hidden(by: user, at: HubDate.nowInMilliseconds)
        }
    }

    private func change(
        _ id: Int64, _ body: @escaping @Sendable (DiscussionEvent, String) throws -> DiscussionEvent
    ) async throws -> Response {
        let event = try await write { [call] db in
            let (user, discussion) = try call.forSpeaker(in: db)
            guard let event = try discussion.event(id, in: db), event.content["type"] == "comment" else {
                throw HubFailure(.notFound, "There is no such comment")
            }
            guard event.content["data"]?["hidden"] != true else {
                throw HubFailure(.forbidden, "The comment has been hidden")
            }
            let changed = try body(event, user.name)
            try changed.store(in: db)
            return changed
        }
        return try .json(["updatedComment": event])
    }

    func rename() async throws -> Response {
        struct Body: Decodable {
            var title: String
        }
        _ = try await services.database.pool.read { db in try call.forManager(in: db) }
        let title = try DiscussionRoutes.title(await call.request.json(Body.self).title)
        let event = try await write { [call] db in
            let (user, discussion) = try call.forManager(in: db)
            try discussion.setTitle(title, in: db)
            return try discussion.addEvent(
                DiscussionEvent.title(from: discussion.title, to: title), by: user.name,
                at: HubDate.nowInMilliseconds, in: db)
        }
        return try .json(["newTitle": event])
    }

    func setStatus() async throws -> Response {
        struct Body: Decodable {
            var status: String
            var comment: String?
        }
        _ = try await services.database.pool.read { db in try call.forManager(in: db) }
        let body = try await call.request.json(Body.self)
        let comment = try DiscussionRoutes.text(body.comment ?? "")
        guard let status = Discussion.Status(rawValue: body.status), status == .open || status == .closed else {
            throw HubFailure.badRequest("\"\(body.status)\" is no status: say open or closed")
        }
        let event = try await write { [call] db in
            let (user, discussion) = try call.forManager(in: db)
            guard discussion.status != .merged else {
                throw HubFailure(.conflict, "Pull request \(discussion.number) has been merged")
            }
            guard discussion.status != status else {
                throw HubFailure(.conflict, "Discussion \(discussion.number) is \(status.rawValue) already")
            }
            let now = HubDate.nowInMilliseconds
            if !comment.isEmpty {
                _ = try discussion.addEvent(
                    DiscussionEvent.comment(comment, by: user.name, at: now), by: user.name, at: now, in: db)
            }
            try discussion.setStatus(status, in: db)
            return try discussion.addEvent(DiscussionEvent.status(status), by: user.name, at: now, in: db)
        }
        return try .json(["newStatus": event])
    }
}
