import Testing

@testable import Swarm

@Suite struct UploadSchedulerTests {
    private typealias Scheduler = UploadScheduler<String>

    private func limits(reads: Int = 100, slots: Int = 64, requests: Int = 256) -> PeerLimits {
        var limits = PeerLimits()
        limits.concurrentReads = reads
        limits.uploadSlots = slots
        limits.outstandingRequests = requests
        return limits
    }

    /// Serves everything at once and says who got how many bytes.
    private func drain(_ scheduler: inout Scheduler, rounds: Int) -> [String: Int] {
        var served: [String: Int] = [:]
        for _ in 0..<rounds {
            guard let (number, job, cost) = scheduler.next() else { break }
            served[job, default: 0] += cost
            scheduler.wasRead(number, cost: cost, bytes: cost)
            scheduler.wasSent(number, bytes: cost)
        }
        return served
    }

    @Test func bytesAreSharedNotRequests() {
        var scheduler = Scheduler(limits: limits())
        let (big, small) = (scheduler.add(), scheduler.add())
        for id in 0..<16 as Range<UInt32> {
            let admission = scheduler.enqueue("big", id: id, cost: 1 << 20, for: big)
            #expect(admission == .queued)
        }
        for id in 0..<64 as Range<UInt32> {
            let answer1 = scheduler.enqueue("small", id: id, cost: 64 << 10, for: small)
            #expect(answer1 == .queued)
        }
        // Four megabytes each are 4 and 64 requests.
        let served = drain(&scheduler, rounds: 68)
        #expect(served["small"] == 4 << 20)
        #expect(abs((served["big"] ?? 0) - 4 << 20) <= 1 << 20)
    }

    @Test func whoComesBackHasNoCredit() {
        var scheduler = Scheduler(limits: limits())
        let (busy, late) = (scheduler.add(), scheduler.add())
        for id in 0..<10 as Range<UInt32> { _ = scheduler.enqueue("busy", id: id, cost: 1 << 20, for: busy) }
        _ = drain(&scheduler, rounds: 6)
        for id in 0..<10 as Range<UInt32> { _ = scheduler.enqueue("late", id: id, cost: 1 << 20, for: late) }
        let served = drain(&scheduler, rounds: 6)
        #expect(served["busy"] == 3 << 20)
        #expect(served["late"] == 3 << 20)
    }

    @Test func aSlowReaderHoldsUpNobody() {
        var scheduler = Scheduler(limits: limits())
        let (slow, fast) = (scheduler.add(), scheduler.add())
        for id in 0..<16 as Range<UInt32> {
            _ = scheduler.enqueue("slow", id: id, cost: 1 << 20, for: slow)
            _ = scheduler.enqueue("fast", id: id, cost: 1 << 20, for: fast)
        }
        var unsent = 0
        var fastOnes = 0
        while let (number, job, cost) = scheduler.next() {
            scheduler.wasRead(number, cost: cost, bytes: cost)
            if job == "fast" {
                fastOnes += 1
                scheduler.wasSent(number, bytes: cost)
            } else {
                unsent += cost
            }
        }
        #expect(fastOnes == 16)
        #expect(unsent == 4 << 20)
        scheduler.wasSent(slow, bytes: unsent)
        let answer2 = scheduler.next()
        #expect(answer2?.job == "slow")
    }

    @Test func readsAreLimited() {
        var scheduler = Scheduler(limits: limits(reads: 2))
        let peer = scheduler.add()
        for id in 0..<4 as Range<UInt32> { _ = scheduler.enqueue("x", id: id, cost: 1, for: peer) }
        let answer3 = scheduler.next()
        #expect(answer3 != nil)
        let answer4 = scheduler.next()
        #expect(answer4 != nil)
        let answer5 = scheduler.next()
        #expect(answer5 == nil)
        // What was being read for a peer that has gone does not count any more.
        scheduler.remove(peer)
        scheduler.wasRead(peer, cost: 1, bytes: 1)
        let other = scheduler.add()
        for id in 0..<4 as Range<UInt32> { _ = scheduler.enqueue("x", id: id, cost: 1, for: other) }
        let answer6 = scheduler.next()
        #expect(answer6 != nil)
        let answer7 = scheduler.next()
        #expect(answer7 != nil)
        let answer8 = scheduler.next()
        #expect(answer8 == nil)
    }

    @Test func slotsAndQueuesAreLimited() {
        var scheduler = Scheduler(limits: limits(slots: 1, requests: 2))
        let (first, second) = (scheduler.add(), scheduler.add())
        let answer9 = scheduler.enqueue("x", id: 1, cost: 1, for: first)
        #expect(answer9 == .queued)
        let answer10 = scheduler.enqueue("x", id: 1, cost: 1, for: second)
        #expect(answer10 == .noSlot)
        let answer11 = scheduler.enqueue("x", id: 2, cost: 1, for: first)
        #expect(answer11 == .queued)
        let answer12 = scheduler.enqueue("x", id: 3, cost: 1, for: first)
        #expect(answer12 == .tooMuch)
        // Small questions are always taken.
        let answer13 = scheduler.enqueue("x", id: nil, cost: 1, for: first)
        #expect(answer13 == .queued)
        let answer14 = scheduler.enqueue("x", id: nil, cost: 1, for: second)
        #expect(answer14 == .queued)
        let answer15 = scheduler.cancel(id: 2, for: first)
        #expect(answer15)
        let answer16 = scheduler.cancel(id: 2, for: first)
        #expect(!answer16)
        let answer17 = scheduler.enqueue("x", id: 4, cost: 1, for: second)
        #expect(answer17 == .queued)
    }

    @Test func bytesInTheQueueAreLimited() {
        var scheduler = Scheduler(limits: limits())
        let peer = scheduler.add()
        for id in 0..<4 as Range<UInt32> {
            let answer18 = scheduler.enqueue("x", id: id, cost: 4 << 20, for: peer)
            #expect(answer18 == .queued)
        }
        let answer19 = scheduler.enqueue("x", id: 9, cost: 1, for: peer)
        #expect(answer19 == .tooMuch)
    }

    @Test("many small questions of a peer that does not read cost the same each, in and out")
    func aLongQueueIsCheap() {
        func time(_ count: Int) -> Duration {
            var scheduler = Scheduler(limits: limits())
            let peer = scheduler.add()
            return ContinuousClock().measure {
                for _ in 0..<count { _ = scheduler.enqueue("x", id: nil, cost: 0, for: peer) }
                let served = drain(&scheduler, rounds: count + 1)
                #expect(served == ["x": 0])
            }
        }
        _ = time(1_000)
        let (few, many) = (time(4_000), time(64_000))
        // Sixteen times as many; with a cost that grows it would be 256 times.
        #expect(many < few * 100, "\(few), then \(many)")
    }

    @Test("what is taken back or served makes room for as much, and the order stays")
    func theQueueKeepsItsOrder() {
        var scheduler = Scheduler(limits: limits(requests: 2_000))
        let peer = scheduler.add()
        for id in 0..<1_000 as Range<UInt32> {
            let admission = scheduler.enqueue("\(id)", id: id, cost: 16 << 10, for: peer)
            #expect(admission == .queued)
        }
        for id in stride(from: 0, to: 1_000 as UInt32, by: 3) {
            let wasThere = scheduler.cancel(id: id, for: peer)
            #expect(wasThere)
        }
        var order: [String] = []
        while let (number, job, cost) = scheduler.next() {
            order.append(job)
            scheduler.wasRead(number, cost: cost, bytes: 0)
        }
        #expect(order == (0..<1_000).filter { !$0.isMultiple(of: 3) }.map { "\($0)" })
        for id in 0..<4 as Range<UInt32> {
            let admission = scheduler.enqueue("x", id: id, cost: 4 << 20, for: peer)
            #expect(admission == .queued)
        }
    }
}
