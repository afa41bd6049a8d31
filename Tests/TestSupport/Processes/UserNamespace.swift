import Foundation

/// Whether tests may mount file systems of their own, which needs a user namespace; not every machine grants one.
public enum UserNamespace {
    public static let absent = "this machine grants no user namespace"

    public static let canMount: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-Urm", "/bin/sh", "-c", "mount -t tmpfs tmpfs /mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
