import HubClient
import Testing
import Transport

@Suite struct RateScheduleTests {
    /// The rate on a day, 0 is Monday, at an hour.
    private func rate(_ text: String, _ day: Int, _ hour: Int, _ minute: Int = 0) throws -> Int? {
        let schedule = try #require(RateSchedule(parsing: text))
        return schedule.rate(at: WeekMinute(day: day, hour: hour, minute: minute))
    }

    @Test("a rate alone counts always")
    func always() throws {
        #expect(try rate("10M", 0, 0) == 10 << 20 && rate("10M/s", 6, 23, 59) == 10 << 20)
        let lifted = try #require(RateSchedule(parsing: "0"))
        #expect(!lifted.limits && lifted.base == nil)
    }

    @Test("hours go over midnight, their end is outside, the rest has the rate without a time")
    func hours() throws {
        let text = "5M,22:00-07:00=50M"
        #expect(try rate(text, 0, 21, 59) == 5 << 20 && rate(text, 0, 22) == 50 << 20)
        #expect(try rate(text, 1, 6, 59) == 50 << 20 && rate(text, 1, 7) == 5 << 20)
        #expect(try rate("22:00-07:00=50M", 0, 12) == nil)
        #expect(try rate("00:00-24:00=1M", 6, 23, 59) == 1 << 20 && rate("23:00-24:00=1M", 0, 0) == nil)
    }

    @Test("days, ranges of days, and a night that belongs to the day before")
    func days() throws {
        let text = "0 mon-fri@08:00-18:00=1M sat-sun=9M fri@22:00-02:00=3M"
        #expect(try rate(text, 0, 8) == 1 << 20 && rate(text, 4, 17, 59) == 1 << 20 && rate(text, 4, 18) == nil)
        // The night from Friday to Saturday comes later in the text than the week's end.
        #expect(try rate(text, 4, 23) == 3 << 20 && rate(text, 5, 1, 59) == 3 << 20 && rate(text, 5, 2) == 9 << 20)
        #expect(try rate("sun-mon=1K", 6, 5) == 1024 && rate("sun-mon=1K", 0, 5) == 1024)
        #expect(try rate("sun-mon=1K", 1, 0) == nil && rate("sun@23:00-01:00=1K", 0, 0, 30) == 1024)
    }

    @Test("the last that fits counts, and the slowest is known")
    func order() throws {
        #expect(try rate("10:00-12:00=1M,11:00-13:00=2M", 2, 11) == 2 << 20)
        #expect(try #require(RateSchedule(parsing: "5M,22:00-07:00=0,12:00-13:00=1M")).slowest == 1 << 20)
        #expect(try #require(RateSchedule(parsing: "0,22:00-07:00=0")).limits == false)
    }

    @Test(
        "no schedules",
        arguments: [
            "", ",", "fast", "1M,2M", "22:00=1M", "22:00-22:00=1M", "25:00-26:00=1M", "22:60-23:00=1M",
            "24:00-01:00=1M",
            "22:00-07:00", "22:00-07:00=", "=1M", "someday=1M", "mon-=1M", "mon-tue-wed=1M", "mon@=1M",
            "@10:00-11:00=1M",
            "mon@10:00-11:00@12:00-13:00=1M", "10:00-11:00=1M=2M", "1000-1100=1M", "-1:00-02:00=1M", "10:0-11:00=1M",
        ])
    func wrong(_ text: String) { #expect(RateSchedule(parsing: text) == nil) }
}
