import SwarmWire
import Testing

@testable import Swarm

@Suite struct RestingAddressesTests {
    @Test("an address rests until its time is over, and is forgotten then, however many strangers name")
    func resting() {
        var resting = RestingAddresses()
        let start = ContinuousClock.now
        let first = PeerAddress(host: "192.0.2.1", port: 1)
        resting.insert(first, until: start + .seconds(10), now: start)
        #expect(resting.contains(first, now: start + .seconds(9)))
        #expect(!resting.contains(first, now: start + .seconds(10)))
        // Ten a second for an hour.
        var most = 0
        for number in 0..<36_000 {
            let now = start + .milliseconds(100 * number)
            let address = PeerAddress(host: "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)", port: 1)
            resting.insert(address, until: now + .seconds(10), now: now)
            most = max(most, resting.count)
            #expect(resting.contains(address, now: now))
        }
        #expect(most <= 1001)
        // Those that still rest are never forgotten.
        let end = start + .seconds(10_000)
        let many = (0..<5000).map { PeerAddress(host: "172.16.\($0 >> 8).\($0 & 255)", port: 1) }
        for address in many { resting.insert(address, until: end, now: start + .seconds(9000)) }
        let kept = many.count { resting.contains($0, now: start + .seconds(9000)) }
        #expect(kept == many.count)
    }
}
