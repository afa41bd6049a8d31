import Foundation
import TestSupport
import Testing

@testable import Agent

@Suite struct AgentFolderTests {
    @Test("the folder is the user's alone, the token stays, one agent runs")
    func folder() async throws {
        try await withFixture("agent-folder") { fixture in
            let folder = AgentFolder(path: fixture.path("state/agent"))
            #expect(!AgentLock.isHeld(folder) && folder.token() == nil)
            try folder.prepare()
            let token = try folder.makeToken()
            #expect(token.utf8.count == 43 && AgentToken.isUsable(token))
            #expect(try folder.makeToken() == token)
            func mode(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            #expect(try mode(folder.path) == 0o700)
            #expect(try mode(folder.tokenFile) == 0o600)
            do {
                let lock = try AgentLock(folder)
                #expect(AgentLock.isHeld(folder) && AgentLock.holder(folder) == getpid())
                // What somebody has written over it must not become a signal to a group of processes.
                for text in ["-1\n", "0", "1", "x", ""] {
                    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.lockFile))
                    #expect(AgentLock.holder(folder) == nil)
                }
                #expect(throws: AgentError.self) { try AgentLock(folder) }
                withExtendedLifetime(lock) {}
            }
            #expect(!AgentLock.isHeld(folder) && AgentLock.holder(folder) == nil)
            // A token that somebody has damaged is not taken.
            try Data("short\n".utf8).write(to: URL(fileURLWithPath: folder.tokenFile))
            #expect(folder.token() == nil)
        }
    }

    @Test("tokens are compared as a whole")
    func tokens() {
        let token = AgentToken.make()
        #expect(AgentToken.matches(token, token))
        #expect(!AgentToken.matches(token.dropLast(), token) && !AgentToken.matches("", token))
        #expect(!AgentToken.matches(String(token.reversed()) + "x", token))
        #expect(AgentToken.make() != token)
    }

    @Test("contents of which wrong bytes were sent are remembered")
    func tainted() async throws {
        try await withFixture("agent-taint") { fixture in
            let folder = try fixture.directory("files")
            let etag = String(repeating: "a", count: 64)
            let first = TaintedFiles(folder: folder)
            #expect(!first.contains(etag))
            first.insert(etag)
            #expect(first.contains(etag) && TaintedFiles(folder: folder).contains(etag))
        }
    }
}
