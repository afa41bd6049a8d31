import SwarmWire
import Testing

@Suite struct SwarmIDTests {
    @Test func length() {
        #expect(SwarmID(bytes: [1, 2]) == nil)
        #expect(SwarmID(bytes: [UInt8](repeating: 1, count: 20)) != nil)
    }
}
