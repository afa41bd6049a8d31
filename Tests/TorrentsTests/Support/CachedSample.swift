import Foundation
import TestSupport
import Torrents

/// A sample in the form of a Hugging Face cache: blobs with names of their own, and links to them.
struct CachedSample {
    let snapshot: String
    /// Half of the files are named by their blob, half by their link.
    let plan: TorrentPlan
    /// Blobs by path in the torrent.
    let blobs: [[String]: String]

    init(_ fixture: Fixture, of sample: SampleTorrent) async throws {
        let root = try fixture.directory("cache")
        snapshot = root + "/snapshots/0123456789"
        var plan = sample.plan
        var blobs: [[String]: String] = [:]
        let manager = FileManager.default
        try manager.createDirectory(atPath: root + "/blobs", withIntermediateDirectories: true)
        for index in plan.files.indices {
            let file = plan.files[index]
            let blob = "\(root)/blobs/\(index)"
            let link = snapshot + "/" + file.path.joined(separator: "/")
            let parent = (link as NSString).deletingLastPathComponent
            try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try manager.copyItem(atPath: file.source, toPath: blob)
            try manager.createSymbolicLink(atPath: link, withDestinationPath: blob)
            plan.files[index].source = index.isMultiple(of: 2) ? blob : link
            blobs[file.path] = blob
        }
        self.plan = plan
        self.blobs = blobs
    }
}
