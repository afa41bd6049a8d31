import Foundation
internal import Processes

/// A program that ran to its end, and the operating system's account of it.
struct MeasuredProcess {
    /// Its exit code, or 128 and the signal that ended it.
    var status: Int32
    var cpuSeconds: Double
    var wallSeconds: Double
    /// Bytes.
    var peakMemory: Int

    /// Runs a program without input; its output is thrown away.
    /// - Parameter environment: all of it.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String], errors: URL
    ) throws -> MeasuredProcess {
        var launch = Launch(path, arguments)
        launch.environment = environment
        launch.errors = .replaced(errors.path)
        let start = ContinuousClock.now
        let child: pid_t
        do {
            child = try launch.start()
        } catch {
            throw DemoFailure(error.description)
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0 {
            guard errno == EINTR else {
                throw DemoFailure("cannot wait for \(path): \(String(cString: strerror(errno)))")
            }
        }
        let wall = (ContinuousClock.now - start) / .seconds(1)
        #if canImport(Darwin)
            let unit = 1
        #else
            let unit = 1024
        #endif
        return MeasuredProcess(
            status: ProcessStatus(raw: status).code, cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            wallSeconds: wall, peakMemory: Int(usage.ru_maxrss) * unit)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
