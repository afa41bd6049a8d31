import HubClient
import HubWire
import Testing

@testable import Agent

@Suite struct PullOrderTests {
    private func order(_ text: String) throws -> PullOrder { try PullOrder(Array(text.utf8)) }

    @Test("every member is honoured")
    func members() throws {
        let order = try order(
            """
            {"repo":"org/data","type":"dataset","revision":"v1","files":["a"],"include":["*.b"],"allow_patterns":"c",
            "exclude":null,"ignore_patterns":["d"],"local_dir":"/x","cache_dir":"/y","token":"hf_t",
            "endpoint":"http://hub/","force":true,"max_workers":3}
            """)
        #expect(order.repo.description == "datasets/org/data@v1" && order.files == ["a"])
        #expect(order.include == ["*.b", "c"] && order.exclude == ["d"])
        #expect(order.localDirectory == "/x" && order.cacheDirectory == "/y" && order.endpoint == "http://hub")
        #expect(order.isForced && order.filesAtOnce == 3)
        guard case .token("hf_t") = order.identity else { return #expect(Bool(false), "another token") }
        guard case .nobody = try self.order(#"{"repo":"a/b","token":false}"#).identity else {
            return #expect(Bool(false), "not nobody")
        }
        guard case .own = try self.order(#"{"repo":"a/b","token":null}"#).identity else {
            return #expect(Bool(false), "not our own")
        }
    }

    @Test(
        "what cannot be understood is refused",
        arguments: [
            "", "[]", "{}", #"{"repo":""}"#, #"{"repo":1}"#, #"{"repo":"../x"}"#, #"{"repo":"a/b","typo":1}"#,
            #"{"repo":"a/b","type":"kernel"}"#, #"{"repo":"a/b","files":[1]}"#, #"{"repo":"a/b","local_dir":"x"}"#,
            #"{"repo":"a/b","token":5}"#, #"{"repo":"a/b","endpoint":"ftp://x"}"#, #"{"repo":"a/b","force":"yes"}"#,
        ])
    func refused(_ text: String) {
        #expect(throws: AgentFailure.self) { try order(text) }
    }
}
