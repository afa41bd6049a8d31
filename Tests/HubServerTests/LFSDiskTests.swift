import GRDB
import HTTPTypes
import Logging
import Testing

@testable import HubServer

@Suite("Failures of the disk, in words")
struct LFSDiskTests {
    @Test("a full disk is a status of its own, other causes stay in the log")
    func fullDisk() {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        for error: any Error in [
            ContentError.system(call: "pwrite", path: "/x", code: 28), DatabaseError(resultCode: .SQLITE_FULL),
        ] {
            #expect(HubFailure(describing: error, logger).status.code == 507)
        }
        let other = HubFailure(describing: ContentError.system(call: "pwrite", path: "/secret", code: 5), logger)
        #expect(other.status.code == 500 && !other.message.contains("/secret"))
    }
}
