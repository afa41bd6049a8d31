internal import Commands
import Foundation
internal import HubClient
internal import Terminal

/// Plays the demo's steps in order and notes their figures; any step that does not go as it must ends it.
struct DemoStage {
    let folder: DemoFolder
    let endpoint: String
    let size: DemoModel.Size
    let progress = TerminalStream.error.isTerminal ? ProgressMode.bar : .none

    func play() async throws -> DemoFigures {
        let base = DemoModel(name: "tiny-llama", architecture: size.architecture, isFineTuned: false)
        let tuned = DemoModel(name: "tiny-llama-tuned", architecture: size.architecture, isFineTuned: true)
        let token = try DemoHub.addToken(data: folder.hubData, user: "demo", role: "write")
        try Data(token.utf8).write(to: folder.token)
        chmod(folder.token.path, 0o600)
        say("hub at \(endpoint)")

        let making = ContinuousClock.now
        for model in [base, tuned] { try model.write(into: folder.source(model)) }
        say("made a model and a fine-tuned variant in \(DurationText.elapsed(.now - making))")

        var figures = DemoFigures()
        figures.pushes.append(try await push(base, token: token))
        figures.pushes.append(try await push(tuned, token: token))
        figures.pull = try await pull(base, cache: "fresh")
        figures.refusal = try await damage(base)
        figures.recovery = try await pull(base, cache: "damaged")
        try? FileManager.default.removeItem(at: folder.cache("damaged"))
        say("mended the byte; the same pull continued and is complete")
        return figures
    }

    private func push(_ model: DemoModel, token: String) async throws -> DemoFigures.Push {
        let display = ProgressDisplay(mode: progress)
        let request = PushRequest(
            repo: try RepoReference(parsing: "demo/\(model.name)"), localPath: folder.source(model).path,
            commitMessage: "Add \(model.name)")
        let result = try await ClientSession.push(
            request, settings: settings(token: token, cache: "unused"), stateDirectory: folder.state.path,
            display: display,
            title: "pushing demo/\(model.name)")
        let figure = DemoFigures.Push(name: "demo/\(model.name)", result: result, elapsed: display.elapsed)
        say("pushed demo/\(model.name) in \(DurationText.elapsed(figure.elapsed))")
        return figure
    }

    private func pull(_ model: DemoModel, cache: String) async throws -> DemoFigures.Pull {
        let display = ProgressDisplay(mode: progress)
        let request = PullRequest(repo: try RepoReference(parsing: "demo/\(model.name)"))
        let result = try await ClientSession.pull(
            request, settings: settings(token: nil, cache: cache), display: display,
            title: "pulling demo/\(model.name)")
        let elapsed = display.elapsed
        let bytes = try FolderComparison.requireEqual(
            URL(fileURLWithPath: result.path, isDirectory: true), to: folder.source(model))
        say("pulled demo/\(model.name) in \(DurationText.elapsed(elapsed)); every byte compared with the original")
        return DemoFigures.Pull(name: "demo/\(model.name)", result: result, bytes: bytes, elapsed: elapsed)
    }

    /// Flips a byte in the store, sees a pull refuse it, and mends the byte.
    private func damage(_ model: DemoModel) async throws -> DemoFigures.Refusal {
        let xorb = try StoredXorb.largest(in: folder.xorbs)
        try xorb.flipByte(at: xorb.size / 2)
        defer { try? xorb.flipByte(at: xorb.size / 2) }
        say("flipped one byte of \(URL(fileURLWithPath: xorb.path).lastPathComponent) in the store")
        let start = ContinuousClock.now
        let failure: CommandFailure
        do {
            let request = PullRequest(repo: try RepoReference(parsing: "demo/\(model.name)"))
            _ = try await ClientSession.pull(
                request, settings: settings(token: nil, cache: "damaged"), display: ProgressDisplay(mode: .none),
                title: "")
            throw DemoFailure("a pull accepted damaged bytes")
        } catch let error as DemoFailure {
            throw error
        } catch {
            failure = CommandFailure(describing: error)
        }
        guard failure.code == "digest_mismatch" else {
            throw DemoFailure("the pull of damaged bytes failed for another reason: \(failure.message)")
        }
        let originals = FolderComparison.files(in: folder.source(model))
        let visible = try visibleFiles(cache: "damaged").filter { originals.contains($0.key) }
        for (name, file) in visible {
            _ = try FolderComparison.requireEqualFiles(file, folder.source(model).appendingPathComponent(name))
        }
        guard visible.count < originals.count else {
            throw DemoFailure("the damaged file is visible")
        }
        say("refused by a pull: \(failure.message)")
        return DemoFigures.Refusal(
            message: failure.message, visible: visible.keys.sorted(), elapsed: .now - start)
    }

    /// What Python's or any other program could load from a cache: the files of its snapshots.
    private func visibleFiles(cache: String) throws -> [String: URL] {
        let manager = FileManager.default
        var visible: [String: URL] = [:]
        for repo in (try? manager.contentsOfDirectory(at: folder.cache(cache), includingPropertiesForKeys: nil)) ?? [] {
            let snapshots = repo.appendingPathComponent("snapshots")
            for commit in (try? manager.contentsOfDirectory(at: snapshots, includingPropertiesForKeys: nil)) ?? [] {
                for name in FolderComparison.files(in: commit) {
                    visible[name] = commit.appendingPathComponent(name)
                }
            }
        }
        return visible
    }

    /// The demo's own hub and folders, whatever the user's environment says.
    private func settings(token: String?, cache: String) -> HubSettings {
        var settings = HubSettings(environment: [:], home: folder.root.path)
        settings.endpoint = endpoint
        settings.token = token
        settings.cacheDirectory = folder.cache(cache).path
        return settings
    }

    private func say(_ line: String) {
        TerminalStream.error.writeLine(TextStyle.green("✓", on: .error) + " " + TextWidth.printable(line))
    }
}
