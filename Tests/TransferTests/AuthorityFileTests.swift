import TestSupport
import Testing

@testable import Transport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is said of a file of authorities that cannot be used, before anything is asked.
@Suite struct AuthorityFileTests {
    @Test("missing files, folders, pipes, DER and files without certificates are named")
    func flaws() async throws {
        try await withFixture { fixture in
            try [UInt8]([0x30, 0x82, 1, 2]).write(to: fixture.path("der"))
            try Array("nothing\n".utf8).write(to: fixture.path("text"))
            #expect(mkfifo(fixture.path("pipe"), 0o600) == 0)
            let folder = try fixture.directory("folder")
            for (path, word) in [
                (fixture.path("none"), "No such file"), (folder, "a folder"), (fixture.path("pipe"), "no regular file"),
                (fixture.path("der"), "DER"), (fixture.path("text"), "no certificates"),
            ] {
                let failure = #expect(throws: TransportError.self) {
                    try CertificateTrust.check(file: path, named: "--ca-file")
                }
                #expect(failure?.code == .trustStore && failure?.message.contains(word) == true, "\(path)")
                #expect(failure?.message.hasPrefix("--ca-file names \(path)") == true && failure?.hint != nil)
            }
        }
    }
}
