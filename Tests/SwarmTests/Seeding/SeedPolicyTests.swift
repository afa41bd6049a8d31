import Testing

@testable import Swarm

@Suite struct SeedPolicyTests {
    private func access(_ text: String, isPublic: Bool = true, secrets: Bool = false) throws -> SeedAccess {
        var policy = try #require(SeedPolicy(parsing: text))
        policy.hasSecrets = secrets
        return policy.access(isPublic: isPublic) { $0 == "*" || $0 == "me/model" }
    }

    @Test("the last rule that fits a repository counts")
    func order() throws {
        #expect(try access("") == .everybody)
        #expect(try access("*=lan") == .neighbours)
        #expect(try access("*=never, me/model=public") == .everybody)
        #expect(try access("me/model=public,*=never") == .nobody)
        #expect(try access("you/model=never") == .everybody)
    }

    @Test("what is not public goes to nobody, or to those who share a secret, whatever the rules allow")
    func privacy() throws {
        for rule in ["", "*=public", "*=lan"] {
            #expect(try access(rule, isPublic: false) == .nobody)
            #expect(try access(rule, isPublic: false, secrets: true) == .secretHolders)
        }
        #expect(try access("*=never", isPublic: false, secrets: true) == .nobody)
    }

    @Test("texts that are no rules are refused", arguments: ["x", "x=", "=never", "a=b", "a=never=lan", "*=LAN"])
    func refused(_ text: String) { #expect(SeedPolicy(parsing: text) == nil) }
}
