/// A world in which the real zest can pull: it knows no endpoint but huggingface.co, so it gets a network of its own.
public enum ZestWorld {
    private static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]

    /// Carries connections of Unix sockets, which lead out of that network, to ports of this machine. Ends with the
    /// fixture.
    public static func relay(_ sockets: [String: UInt16], in fixture: Fixture) async throws {
        let words = sockets.flatMap { [$0.key, "\($0.value)"] }
        let relay = try fixture.start(try script(["relay"] + words))
        try await relay.wait(until: "relay that listens") { $0.output.contains("ready") }
    }

    /// Writes what zest's hub is to say of a repository with one file.
    /// - Returns: the names of the xorbs that the file is made of.
    public static func describe(
        _ repo: String, at endpoint: String, token: String, in folder: String, _ fixture: Fixture
    ) async throws -> [String] {
        let result = try await fixture.run(script(["plan", endpoint, repo, token, folder])).expecting(0)
        return result.lastLine.split(separator: " ").map(String.init)
    }

    /// Has zest pull what the folder describes.
    /// - Parameter sockets: to which ports of zest's network they lead.
    public static func pull(
        in folder: String, _ sockets: [String: UInt16], _ arguments: [String], _ fixture: Fixture
    ) async throws -> ProcessResult {
        guard let zest = Zest.program else { throw TestFailure(Zest.absent) }
        let words = sockets.flatMap { [$0.key, "\($0.value)"] }
        let script = try script(["pull", folder, zest] + words + ["--"] + arguments)
        return try await fixture.run(
            Command(
                "/usr/bin/unshare", Zest.namespaces + [script.program] + script.arguments, environment: environment,
                label: "pull"))
    }

    public static func makeCertificates(in folder: String, _ fixture: Fixture) async throws {
        let script = """
            cd '\(folder)'
            openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=test' -keyout ca.key -out ca.pem
            openssl req -newkey rsa:2048 -nodes -subj '/CN=huggingface.co' -keyout hf.key -out hf.csr
            printf 'subjectAltName=DNS:huggingface.co\\n' > names
            openssl x509 -req -in hf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out hf.pem
            """
        let command = Command("/bin/sh", ["-ec", script], environment: ["PATH": "/usr/bin:/bin"], label: "openssl")
        try await fixture.run(command).expecting(0)
    }

    private static func script(_ words: [String]) throws -> Command {
        Command(
            try BuiltPrograms.python(), [try BuiltPrograms.script("zest_world.py")] + words, environment: environment,
            label: "zest_world")
    }
}
