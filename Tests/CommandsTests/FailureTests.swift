import ArgumentParser
import HubClient
import Testing

@testable import Commands

@Suite struct FailureTests {
    @Test("a failure is a clause after a label, its hint another")
    func lines() {
        let failure = CommandFailure(
            code: "repo_not_found", message: "There is no model org/x.", hint: "Check the name,\n or log in.")
        #expect(FailureReport.lines(failure) == ["error: there is no model org/x", "hint: check the name, or log in"])
    }

    @Test(
        "names keep their capital, and text from a server cannot steer the terminal",
        arguments: [
            ("Xet data is malformed.", "Xet data is malformed"), ("HF_TOKEN is empty", "HF_TOKEN is empty"),
            ("Bad name \u{1B}[2J", "bad name \u{FFFD}[2J"), ("", ""), ("wait ...", "wait ..."),
        ])
    func clauses(sentence: String, clause: String) {
        #expect(FailureReport.clause(sentence) == clause)
    }

    @Test("the JSON document has code, message and hint")
    func document() throws {
        let failure = CommandFailure(code: "offline", message: "No network", hint: "Unset HF_HUB_OFFLINE")
        #expect(
            try FailureReport.document(failure)
                == #"{"error":{"code":"offline","hint":"unset HF_HUB_OFFLINE","message":"no network"}}"#)
        #expect(
            try FailureReport.document(CommandFailure(code: "x", message: "y"))
                == #"{"error":{"code":"x","message":"y"}}"#)
        var refused = CommandFailure(code: "server_error", message: "late.")
        (refused.status, refused.url, refused.requestID) = (503, "http://h/x", "r-7")
        #expect(
            try FailureReport.document(refused)
                == #"{"error":{"code":"server_error","message":"late","request_id":"r-7","status":503,"url":"http://h/x"}}"#
        )
    }

    @Test("cancellation is an interruption, not an error of ours")
    func cancellation() {
        let failure = CommandFailure(describing: CancellationError())
        #expect(failure.code == "interrupted")
        #expect(failure.exitCode == 130)
    }

    @Test("the hub's errors keep their code and hint")
    func hubError() {
        let failure = CommandFailure(describing: HubError(.gated, "org/x is gated.", hint: "Ask for access."))
        #expect(failure == CommandFailure(code: "gated", message: "org/x is gated.", hint: "Ask for access."))
    }

    @Test("the parser's advice is found in its long text")
    func usageHint() throws {
        let error = try #require(throws: (any Error).self) { try ShoalCommand.parseAsRoot(["pull"]) }
        #expect(UsageText.hint(from: ShoalCommand.fullMessage(for: error)) == "see 'shoal pull --help'")
        #expect(UsageText.hint(from: "no advice") == nil)
    }
}

@Suite struct HashLineTests {
    @Test(
        "paths are escaped as sha256sum escapes them",
        arguments: [("a b", "a b", false), ("a\nb", "a\\nb", true), ("a\\b\r", "a\\\\b\\r", true)])
    func escaping(path: String, text: String, isEscaped: Bool) {
        #expect(HashReport.escaped(path) == (text, isEscaped))
    }
}
