import Foundation
import HubClient
import HubWire
import Publish
import PublishWire
import Testing

@Suite("Repositories that are followed")
struct FollowBookTests {
    private func record(_ repo: String = "https://hub.test/datasets/org/data") throws -> FollowRecord {
        var order = MirrorOrder(try MirrorAddress(parsing: repo, endpoint: "https://hub.test").at(revision: "feat/x"))
        order.id = CatalogueID("me/copy", kind: .dataset)
        (order.licence, order.skipsLarge, order.isPublic, order.signs) = ("mit", true, false, false)
        (order.pieceLength, order.depth) = (1 << 20, 3)
        var record = FollowRecord(order)
        (record.interval, record.keep, record.next, record.failures) = (90, 2, 1_700_000_000, 4)
        record.mark = RevisionMark(commit: String(repeating: "b", count: 40), etag: "\"x\"")
        record.mirrored = String(repeating: "a", count: 40)
        return record
    }

    @Test("What is written is read again")
    func roundTrip() throws {
        let place = try TemporaryFolder()
        let book = FollowBook(PublishFolder(path: place.path))
        #expect(try book.all().isEmpty)
        let (first, second) = (try record(), try record("org/model"))
        try book.keep(first)
        try book.keep(second)
        #expect(
            first.key != second.key && first.key != FollowRecord(MirrorOrder(first.order.address.at(revision: nil))).key
        )
        #expect(Set(try book.all()) == [first, second])
    }

    @Test("A record that is not there any more is not brought back by noting how far it has come")
    func removal() throws {
        let place = try TemporaryFolder()
        let book = FollowBook(PublishFolder(path: place.path))
        var record = try record()
        try book.keep(record)
        record.failures = 0
        try book.update(record)
        #expect(try book.all().first?.failures == 0)
        #expect(try book.remove(record))
        #expect(try !book.remove(record))
        try book.update(record)
        #expect(try book.all().isEmpty)
    }

    @Test(
        "Damaged records are passed over, and hide no other",
        arguments: [
            ("\"format\" : 1", "\"format\" : 2"), ("\"interval\" : 90", "\"interval\" : 0"),
            ("\"interval\" : 90", "\"interval\" : 99999999999"), ("\"keep\" : 2", "\"keep\" : 0"),
            ("\"depth\" : 3", "\"depth\" : -1"), ("https://hub.test", "ftp://hub.test"),
            ("\"repo\" : \"org/data\"", "\"repo\" : \"../data\""), ("\"name\" : \"me/copy\"", "\"name\" : \"copy\""),
            ("\"revision\" : \"feat/x\"", "\"revision\" : \"\""), ("{", "["),
        ])
    func damaged(part: String, other: String) throws {
        let place = try TemporaryFolder()
        let book = FollowBook(PublishFolder(path: place.path))
        let (bad, good) = (try record(), try record("org/model"))
        try book.keep(bad)
        try book.keep(good)
        let path = place.path("follow/\(bad.key).json")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(part), "\(text)")
        try text.replacing(part, with: other).write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try book.all() == [good])
    }

    @Test("A commit that is none is forgotten, so the hub is asked anew")
    func badMark() throws {
        let place = try TemporaryFolder()
        let book = FollowBook(PublishFolder(path: place.path))
        var record = try record()
        record.mark = RevisionMark(commit: "main", etag: "\"x\"")
        try book.keep(record)
        #expect(try book.all().first?.mark == nil)
    }
}
