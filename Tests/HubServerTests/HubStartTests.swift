import Foundation
import GRDB
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import HubServer

@Suite("Starting a hub on a folder", .timeLimit(.minutes(1)))
struct HubStartTests {
    private func configuration(_ folder: ScratchFolder, _ name: String = "data") -> HubConfiguration {
        var configuration = HubConfiguration(dataDirectory: folder.url.appendingPathComponent(name).path)
        configuration.port = 0
        return configuration
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func code(_ body: () throws -> Void) -> HubServerError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? HubServerError)?.code
        }
    }

    @Test("a second hub on the same folder is refused, a later one is not")
    func lock() throws {
        let scratch = try ScratchFolder()
        do {
            let first = try HubServer(configuration: configuration(scratch), logger: logger)
            #expect(
                code { _ = try HubServer(configuration: configuration(scratch), logger: logger) } == .alreadyRunning)
            _ = try makeToken(user: "alice", role: "read", dataDirectory: configuration(scratch).dataDirectory)
            try first.services.database.close()
        }
        _ = try HubServer(configuration: configuration(scratch), logger: logger)
    }

    @Test("folders that cannot hold a hub")
    func badFolders() throws {
        let scratch = try ScratchFolder()
        try Data("x".utf8).write(to: scratch.url.appendingPathComponent("file"))
        for name in ["file", "file/below"] {
            #expect(
                code { _ = try HubServer(configuration: configuration(scratch, name), logger: logger) }
                    == .dataDirectory)
        }
        #expect(
            code { _ = try HubServer(configuration: HubConfiguration(dataDirectory: "/proc/hub"), logger: logger) }
                == .dataDirectory)
        #expect(
            code { _ = try HubServer(configuration: HubConfiguration(dataDirectory: ""), logger: logger) }
                == .dataDirectory)
    }

    @Test("a newer schema is left alone")
    func newerSchema() throws {
        let scratch = try ScratchFolder()
        let path = configuration(scratch).dataDirectory
        _ = try makeToken(user: "alice", role: "read", dataDirectory: path)
        do {
            let queue = try DatabaseQueue(path: path + "/hub.sqlite")
            try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('hub-99')") }
        }
        #expect(code { _ = try HubDatabase(dataDirectory: path) } == .newerSchema)
    }

    @Test("a file that is no database")
    func damagedDatabase() throws {
        let scratch = try ScratchFolder()
        let path = configuration(scratch).dataDirectory
        try DataDirectory.create(path)
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path + "/hub.sqlite"))
        #expect(code { _ = try HubDatabase(dataDirectory: path) } == .dataDirectory)
    }

    @Test("finished writes have reached the disk")
    func durability() throws {
        let scratch = try ScratchFolder()
        try DataDirectory.create(configuration(scratch).dataDirectory)
        let database = try HubDatabase(dataDirectory: configuration(scratch).dataDirectory)
        let (synchronous, journal, keys) = try database.pool.writeWithoutTransaction { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"),
                try Bool.fetchOne(db, sql: "PRAGMA foreign_keys")
            )
        }
        #expect(synchronous == 2)
        #expect(journal == "wal")
        #expect(keys == true)
    }

    @Test("tokens have the Hub's form and only their hash is kept")
    func tokens() async throws {
        let scratch = try ScratchFolder()
        let path = configuration(scratch).dataDirectory
        let token = try makeToken(user: "alice", role: "write", dataDirectory: path)
        #expect(token.wholeMatch(of: /hf_[A-Za-z0-9]{34}/) != nil)
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            guard let bytes = FileManager.default.contents(atPath: path + "/" + name) else { continue }
            #expect(bytes.range(of: Data(token.dropFirst(3).utf8)) == nil, "\(name)")
        }
        let database = try HubDatabase(dataDirectory: path)
        let user = try await database.user(presenting: AccessToken(token))
        #expect(user?.name == "alice")
        #expect(user?.role == .write)
        #expect(try await database.user(presenting: AccessToken(token + "x")) == nil)
        for name in ["", "a b", "../x", "api", "datasets"] {
            #expect(code { _ = try makeToken(user: name, role: "read", dataDirectory: path) } == .invalidUser)
        }
        #expect(code { _ = try makeToken(user: "bob", role: "king", dataDirectory: path) } == .invalidUser)
    }

    @Test("the secret is made once, for its owner alone")
    func secrets() throws {
        let scratch = try ScratchFolder()
        let path = scratch.url.path
        let first = try ServerSecrets(dataDirectory: path)
        let second = try ServerSecrets(dataDirectory: path)
        #expect(first.key("a") == second.key("a"))
        #expect(first.key("a") != first.key("b"))
        let attributes = try FileManager.default.attributesOfItem(atPath: path + "/secret")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["secret"])
        try Data("short".utf8).write(to: URL(fileURLWithPath: path + "/secret"))
        #expect(code { _ = try ServerSecrets(dataDirectory: path) } == .damagedData)
    }

    @Test("a taken port is named")
    func portInUse() async throws {
        let fixture = try HubFixture()
        let scratch = try ScratchFolder()
        let logger = logger
        try await fixture.server.application().test(.ahc()) { client in
            let port = try #require(client.port)
            var configuration = HubConfiguration(dataDirectory: scratch.url.path)
            configuration.host = "localhost"
            configuration.port = port
            let second = try HubServer(configuration: configuration, logger: logger)
            await #expect {
                try await second.run(stopsOnSignals: false) { _ in }
            } throws: { error in
                (error as? HubServerError)?.code == .portInUse
            }
        }
    }
}
