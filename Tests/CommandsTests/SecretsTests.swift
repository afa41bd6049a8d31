import HubWire
import Testing

@testable import Commands

@Suite struct SecretsTests {
    @Test(
        "what looks like a secret is hidden, and nothing else",
        arguments: [
            ("t=hf_abcdefghijklmnop h='Bearer eyJhbGciOi.J9' hf_x end", "t=hf_*** h='Bearer ***' hf_x end"),
            ("xct_AAAAAAAA.BBBB. api_org_abcdefgh", "xct_***. api_org_***"),
            ("Authorization: Basic dXNlcjpwdw==", "Authorization: Basic ***"),
            ("some basic information, a bearer of news", "some basic information, a bearer of news"),
            ("http://u:p@w@host/a b@c", "http://***@host/a b@c"), ("http://host/a@b", "http://host/a@b"),
            (
                "'https://h/x?a=1&X-Amz-Signature=00ff&access%5Ftoken=q' é",
                "'https://h/x?a=1&X-Amz-Signature=***&access%5Ftoken=***' é"
            ),
            ("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.sig", "eyJ***"), ("", ""), ("hf_", "hf_"),
            ("a?token", "a?token"),
        ])
    func forms(_ text: String, _ expected: String) { #expect(Secrets.hidden(in: text) == expected) }

    @Test("values that are known to be secrets are hidden wherever they stand")
    func literals() {
        #expect(Secrets.hidden(in: "xsesamey sesame", literals: ["sesame", ""]) == "x***y ***")
        #expect(Secrets.hidden(in: "abcd", literals: ["ab", "abc"]) == "***d")
        RunSecrets.add("my-own-word")
        #expect(RunSecrets.hidden(in: "it is my-own-word.") == "it is ***.")
    }

    @Test("a command line is shown without its token")
    func commandLine() {
        #expect(
            RunSecrets.hidden(inCommand: ["shoal", "pull", "--token", "open", "a/b", "--token=x y", "--token"])
                == "shoal pull --token *** a/b --token=*** --token")
    }
}
