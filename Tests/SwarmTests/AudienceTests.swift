import Swarm
import Testing

@Suite struct AudienceTests {
    @Test func secretsDiffer() { #expect(Audience.secret("a") != .secret("b")) }
}
