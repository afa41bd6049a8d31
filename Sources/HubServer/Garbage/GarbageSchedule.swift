import Foundation
import Logging
import ServiceLifecycle

/// Collects now and then inside a running hub.
struct GarbageSchedule: Service {
    let services: ServerServices
    let interval: Duration

    /// The first collection waits a little: a hub that was just started has clients to answer.
    private static let firstDelay = Duration.seconds(600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await Task.sleep(for: min(interval, Self.firstDelay))
            while !Task.isCancelled {
                await collect()
                try? await Task.sleep(for: interval)
            }
        }
    }

    private func collect() async {
        var options = GarbageOptions()
        options.grace = services.configuration.garbageGrace
        do {
            let report = try await Garbage.collect(
                dataDirectory: services.configuration.dataDirectory, options: options, now: ContentStore.now)
            note(report)
            services.logger.notice(
                "collected garbage",
                metadata: [
                    "files": "\(report.files.count)", "condemned": "\(report.condemned.count)",
                    "dropped": "\(report.dropped.count)", "objects": "\(report.objects.count)",
                    "bytes": "\(report.objects.bytes)", "seconds": "\(report.seconds)",
                ])
        } catch {
            services.logger.error("the collection failed", metadata: ["error": "\(error)"])
        }
    }

    private func note(_ report: GarbageReport) {
        let metrics = services.metrics
        metrics.counter("shoal_gc_runs_total", help: "Collections of garbage that were finished.").add()
        metrics.counter("shoal_gc_objects_total", help: "Objects that collections have removed.").add(
            Int(report.objects.count))
        metrics.counter("shoal_gc_bytes_total", help: "Bytes that collections have freed.").add(
            Int(report.objects.bytes))
    }
}
