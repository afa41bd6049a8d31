import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `/healthz`, `/readyz` and `/metrics`: what watches a hub asks.
struct OperationsRoutes: Sendable {
    let services: ServerServices

    /// Nil when the path is none of these routes.
    func respond(to request: Request, path: Substring, peer: Peer) async throws -> Response? {
        guard path == "/healthz" || path == "/readyz" || path == "/metrics" else { return nil }
        guard request.method == .get || request.method == .head else { throw HubFailure.methodNotAllowed("GET, HEAD") }
        switch path {
        case "/healthz": return try await answer(services.health.check(services), isReady: true)
        case "/readyz":
            return try await answer(services.health.check(services), isReady: !services.health.isDraining)
        default:
            try await authorize(request, peer)
            return try await metrics()
        }
    }

    private func answer(_ report: HealthReport, isReady: Bool) throws -> Response {
        var report = report
        if !isReady { report.status = "stopping" }
        let isFine = report.status == "ok"
        return try .json(
            report, status: isFine ? .ok : .serviceUnavailable,
            headers: isFine ? [.cacheControl: "no-store"] : [.cacheControl: "no-store", .retryAfter: "5"])
    }

    /// Figures about all repositories together are for those who run the hub: processes on its machine, admins, and
    /// everybody only where the configuration says so. Behind a public URL even a local connection may be a proxy's.
    private func authorize(_ request: Request, _ peer: Peer) async throws {
        if services.configuration.opensMetrics { return }
        if let header = request.headers[.authorization] {
            let words = header.split(separator: " ")
            guard words.count == 2, words[0].lowercased() == "bearer",
                let user = try await services.database.user(presenting: AccessToken(String(words[1])))
            else { throw HubFailure.badToken }
            RequestScope.current?.identified(user)
            guard user.role == .admin else { throw HubFailure(.forbidden, "The metrics are for admins") }
            return
        }
        guard peer.isLocal, services.configuration.publicURL == nil else {
            throw HubFailure(.unauthorized, "The metrics need an admin's token")
        }
    }

    private func metrics() async throws -> Response {
        let page = try await MetricsPage.text(services)
        return Response(
            status: .ok, headers: [.contentType: PrometheusText.contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
    }
}

/// What a health check finds.
struct HealthReport: Encodable, Sendable {
    /// `ok`, `failing`, or `stopping`.
    var status: String
    var database: String
    var disk: String
    /// Bytes free for the hub on its disk.
    var diskFree: UInt64
}

/// Looks after a hub's own health. A check costs a few system calls and is made at most once a second, however often
/// it is asked for.
package final class HubHealth: Sendable {
    private let last = Mutex<(report: HealthReport, at: ContinuousClock.Instant)?>(nil)
    private let draining = Atomic(false)

    package init() {}

    /// True from the moment that the hub has been told to stop.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func beginDraining() { draining.store(true, ordering: .relaxed) }

    func check(_ services: ServerServices) async -> HealthReport {
        if let known = last.withLock({ $0 }), .now - known.at < .seconds(1) { return known.report }
        async let database = Self.database(services)
        let directory = services.configuration.dataDirectory
        let disk = (try? await ContentThreads.reading.runIfActive { Self.disk(directory) }) ?? ("stopped", 0)
        let report = HealthReport(
            status: await database == "ok" && disk.0 == "ok" ? "ok" : "failing", database: await database, disk: disk.0,
            diskFree: disk.1)
        last.withLock { $0 = (report, .now) }
        return report
    }

    private static func database(_ services: ServerServices) async -> String {
        do {
            let answer = try await services.database.pool.read { try Int.fetchOne($0, sql: "SELECT 1") }
            return answer == 1 ? "ok" : "wrong answer"
        } catch {
            services.logger.error("health check: the database does not answer", metadata: ["error": "\(error)"])
            return "failing"
        }
    }

    /// Whether a byte can be written into the data folder, and how many more could.
    private static func disk(_ directory: String) -> (String, UInt64) {
        var info = statvfs()
        let free = statvfs(directory, &info) == 0 ? UInt64(info.f_bavail) * UInt64(info.f_frsize) : 0
        let path = directory + "/health.\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return (String(cString: strerror(errno)), free) }
        defer {
            close(descriptor)
            unlink(path)
        }
        var byte: UInt8 = 1
        guard write(descriptor, &byte, 1) == 1 else { return (String(cString: strerror(errno)), free) }
        return ("ok", free)
    }
}
