import Publish
import Testing

@testable import Agent

@Suite struct TorrentOrderTests {
    private func reader(_ json: String, _ members: Set<String>) throws -> MemberReader {
        try MemberReader(json: Array(json.utf8), members: members)
    }

    private func download(_ json: String) throws -> DownloadOrder {
        try DownloadOrder(try reader(json, DownloadOrder.members))
    }

    private func share(_ json: String) throws -> ShareOrder { try ShareOrder(try reader(json, ShareOrder.members)) }

    @Test("downloads are named by a model, a hash, a magnet link or a torrent")
    func downloads() throws {
        let hash = String(repeating: "ab", count: 20)
        #expect(try download(#"{"model_name":"org/model"}"#) == DownloadOrder(subject: "org/model"))
        #expect(try download(#"{"model_name":"org/model@v1"}"#).version == "v1")
        #expect(try download(#"{"model_name":"datasets/org/data"}"#).subject == "datasets/org/data")
        let both = try download(#"{"model_name":"org/model","info_hash":"\#(hash.uppercased())"}"#)
        #expect(both.subject == hash)
        #expect(try download(#"{"magnet":"magnet:?xt=urn:btih:\#(hash)"}"#).subject.hasPrefix("magnet:"))
        let full = try download(
            #"{"torrent":"/a/b.torrent","seed":false,"output":"/out","include":["*.gguf"],"exclude":"*.bin"}"#)
        #expect(full.subject == "/a/b.torrent" && !full.seeds && full.folder == "/out")
        #expect(full.include == ["*.gguf"] && full.exclude == ["*.bin"])
    }

    @Test(
        "bad downloads are refused",
        arguments: [
            "[]", "{}", #"{"model_name":"../../etc"}"#, #"{"model_name":"org"}"#, #"{"model_name":5}"#,
            #"{"model_name":"org/model","version":"../x"}"#, #"{"info_hash":"zz"}"#, #"{"magnet":"magnet:?dn=x"}"#,
            #"{"torrent":"b.torrent"}"#, #"{"model_name":"org/model","output":"relative"}"#,
            #"{"torrent":"/a.torrent","magnet":"magnet:?xt=urn:btih:abababababababababababababababababababab"}"#,
            #"{"model_name":"org/model","nothing":1}"#, #"{"model_name":"org/model","seed":"yes"}"#,
        ])
    func badDownloads(_ json: String) {
        #expect(throws: AgentFailure.self) { try download(json) }
    }

    @Test("shares name a folder or a model; what belongs to a repository of a hub stays there")
    func shares() throws {
        let order = try share(
            #"{"path":"/m","name":"org/model","license":"mit","version":"v1","piece_length":65536,"skip_dht":true}"#)
        #expect(order.subject == "/m" && order.name == "org/model" && order.license == "mit")
        #expect(order.version == "v1" && order.pieceLength == 65_536 && order.skipsDHT && order.signs == nil)
        #expect(try share(#"{"model_name":"org/model","sign_manifest":false}"#).signs == false)
        let reader = try reader(
            #"{"repo_url":"https://h/org/m","branch":"b","depth":1,"skip_lfs":true}"#, ShareOrder.members)
        let mirror = try DownloadOrder(mirroring: "https://h/org/m", reader)
        #expect(mirror.mirror?.branch == "b" && mirror.mirror?.depth == 1 && mirror.mirror?.skipsLFS == true)
    }

    @Test(
        "bad shares are refused",
        arguments: [
            "{}", #"{"path":"m"}"#, #"{"path":"/m","model_name":"org/model"}"#, #"{"path":"/m","branch":"b"}"#,
            #"{"path":"/m","piece_length":1000}"#, #"{"path":"/m","piece_length":1}"#, #"{"path":"/m","name":"../x"}"#,
            #"{"model_name":"--help"}"#, #"{"path":"/m","version":"a/b"}"#,
        ])
    func badShares(_ json: String) {
        #expect(throws: AgentFailure.self) { try share(json) }
    }

    @Test("addresses of repositories cannot be options", arguments: ["", "--help", "-x", "a b", "ä/b"])
    func badAddresses(_ address: String) throws {
        let reader = try reader("{}", ShareOrder.members)
        #expect(throws: AgentFailure.self) { try DownloadOrder(mirroring: address, reader) }
    }
}
