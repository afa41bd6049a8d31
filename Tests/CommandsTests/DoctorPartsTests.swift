import Foundation
import Testing

@testable import Commands

@Suite struct DoctorPartsTests {
    @Test(
        "a storage is judged by its answer to a question that it must deny",
        arguments: [
            (404, "ok"), (200, "ok"), (401, "failed"), (403, "failed"), (500, "failed"), (429, "warning"),
            (302, "warning"),
        ])
    func storage(_ status: Int, _ finding: String) {
        #expect(Examination.Verdict(storage: status).finding.rawValue == finding)
        #expect((Examination.Verdict(storage: status).hint == nil) == (finding == "ok"))
    }

    @Test(
        "a hub is judged by its answer", arguments: [(200, "ok"), (404, "warning"), (401, "warning"), (502, "failed")])
    func hub(_ status: Int, _ finding: String) {
        #expect(Examination.Verdict(hub: status).finding.rawValue == finding)
    }

    @Test("samples without end stay few: the first and the last")
    func samples() {
        var notes = SampleNotes()
        for number in 0..<5_000 { notes.append("<\(number)>") }
        #expect(notes.text.hasPrefix("<0><1>") && notes.text.hasSuffix("<4998><4999>"))
        #expect(notes.text.contains("<29>(4700 samples left out)\n<4730>"))
        var few = SampleNotes()
        for number in 0..<100 { few.append("<\(number)>") }
        #expect(few.text.contains("<29><30>") && few.text.hasSuffix("<99>"))
    }

    @Test("the quicker debugger goes first, and none is none")
    func debuggers() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("shoal-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(StackDebugger.find(in: folder) == nil && StackDebugger.find(in: "") == nil)
        for name in ["gdb", "eu-stack"] {
            try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/" + name)
            let found = try #require(StackDebugger.find(in: "relative:/nowhere:" + folder))
            #expect(found.program == folder + "/" + name && found.arguments(for: 42).contains("42"))
        }
    }
}
