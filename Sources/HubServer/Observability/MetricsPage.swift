import Foundation
import GRDB

/// The page that Prometheus reads. Labels take values from fixed sets only: route classes, statuses, repository types.
enum MetricsPage {
    static func text(_ services: ServerServices) async throws -> String {
        var page = PrometheusText()
        services.tracker?.updateGauges()
        write(services.metrics.snapshot, to: &page)
        try await writeStorage(services, to: &page)
        write(services.metrics.registered, to: &page)
        return page.text
    }

    /// The page of a server that stores nothing.
    static func text(_ metrics: HubMetrics) -> String {
        var page = PrometheusText()
        write(metrics.snapshot, to: &page)
        write(metrics.registered, to: &page)
        return page.text
    }

    private static func write(_ counters: [MetricCounter], to page: inout PrometheusText) {
        for counter in counters {
            page.family(counter.name, counter.name.hasSuffix("_total") ? .counter : .gauge, counter.help)
            page.sample(counter.name, [], counter.value)
        }
    }

    private static func write(_ snapshot: HubMetrics.Snapshot, to page: inout PrometheusText) {
        let traffic = RouteClass.allCases.compactMap { route in snapshot.traffic[route].map { (route.rawValue, $0) } }
        page.family("shoal_http_requests_total", .counter, "Requests answered, by kind and status.")
        for (route, figures) in traffic {
            for (status, count) in figures.statuses.sorted(by: { $0.key < $1.key }) {
                page.sample("shoal_http_requests_total", [("route", route), ("status", "\(status)")], count)
            }
        }
        page.family(
            "shoal_http_request_duration_seconds", .histogram, "Time from a request's head to the end of its answer.")
        for (route, figures) in traffic {
            page.histogram("shoal_http_request_duration_seconds", [("route", route)], figures.latency)
        }
        page.family("shoal_http_received_bytes_total", .counter, "Bytes of request bodies.")
        for (route, figures) in traffic {
            page.sample("shoal_http_received_bytes_total", [("route", route)], figures.bytesIn)
        }
        page.family("shoal_http_sent_bytes_total", .counter, "Bytes of response bodies, sendfile's included.")
        for (route, figures) in traffic {
            page.sample("shoal_http_sent_bytes_total", [("route", route)], figures.bytesOut)
        }
        page.family("shoal_http_limited_total", .counter, "Requests refused by a rate limit.")
        for (route, figures) in traffic {
            page.sample("shoal_http_limited_total", [("route", route)], figures.limited)
        }
        page.family("shoal_http_requests_in_flight", .gauge, "Requests not answered in full.")
        page.sample("shoal_http_requests_in_flight", [], snapshot.requestsInFlight)
        page.family("shoal_connections_open", .gauge, "Open connections.")
        page.sample("shoal_connections_open", [], snapshot.openConnections)
        page.family("shoal_connections_accepted_total", .counter, "Connections accepted.")
        page.sample("shoal_connections_accepted_total", [], snapshot.acceptedConnections)
        page.family("shoal_access_log_dropped_total", .counter, "Lines that the access log had no room for.")
        page.sample("shoal_access_log_dropped_total", [], snapshot.droppedLogLines)
    }

    private static func writeStorage(_ services: ServerServices, to page: inout PrometheusText) async throws {
        let storage = try await services.content.storageStatistics
        let repos = try await services.database.pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT type, is_private, count(*) AS count FROM repo GROUP BY type, is_private ORDER BY 1, 2"
            ).map { (type: $0["type"] as String, isPrivate: $0["is_private"] as Bool, count: $0["count"] as Int) }
        }
        page.family("shoal_repos", .gauge, "Repositories, by type and visibility.")
        for row in repos {
            page.sample(
                "shoal_repos", [("type", row.type), ("visibility", row.isPrivate ? "private" : "public")], row.count)
        }
        page.family("shoal_xorbs", .gauge, "Stored xorbs.")
        page.sample("shoal_xorbs", [], storage.xorbCount)
        page.family("shoal_files", .gauge, "Distinct large files.")
        page.sample("shoal_files", [], storage.fileCount)
        page.family("shoal_stored_bytes", .gauge, "Bytes that the chunks of all xorbs take on disk.")
        page.sample("shoal_stored_bytes", [], storage.storedBytes)
        page.family("shoal_unpacked_bytes", .gauge, "The same chunks before compression.")
        page.sample("shoal_unpacked_bytes", [], storage.unpackedBytes)
        page.family("shoal_logical_bytes", .gauge, "Sizes of all distinct files together, before deduplication.")
        page.sample("shoal_logical_bytes", [], storage.logicalBytes)
    }
}
