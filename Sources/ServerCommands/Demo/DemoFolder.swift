import Foundation

/// The temporary folder of one demo, or one run of the benchmark, and what is where in it.
struct DemoFolder {
    let root: URL

    /// Makes a new folder below `TMPDIR`, called after its purpose.
    init(for purpose: String) throws {
        var template = Array(
            (NSTemporaryDirectory() as NSString).appendingPathComponent("shoal-\(purpose)-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw DemoFailure("cannot make a folder in \(NSTemporaryDirectory()): \(String(cString: strerror(errno)))")
        }
        let path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        root = URL(fileURLWithPath: path, isDirectory: true)
    }

    var hubData: URL { root.appendingPathComponent("hub") }
    var hubLog: URL { root.appendingPathComponent("hub.log") }
    var xorbs: URL { hubData.appendingPathComponent("xorbs") }
    var token: URL { root.appendingPathComponent("token") }

    /// In place of the user's own state.
    var state: URL { root.appendingPathComponent("state") }

    /// The folder that a model is made in and pushed from.
    func source(_ model: DemoModel) -> URL { root.appendingPathComponent(model.name) }

    /// A cache that no pull has used yet, by name.
    func cache(_ name: String) -> URL { root.appendingPathComponent("cache-" + name) }

    func remove() { try? FileManager.default.removeItem(at: root) }
}
