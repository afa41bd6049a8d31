public import ArgumentParser
internal import HubClient
internal import Terminal
internal import Xet

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Parses a command line, runs the command and ends the process by the house rules: 0 done, 1 failed, 2 usage,
/// 130 interrupted; results on standard output, everything else on standard error.
public enum CommandRunner {
    public static func run(_ root: any ParsableCommand.Type, arguments: [String]) async -> Never {
        TerminalStream.fillGaps()
        StackNotes.tellIfAsked()
        exit(await exitCode(root, arguments: arguments))
    }

    static func exitCode(_ root: any ParsableCommand.Type, arguments: [String]) async -> Int32 {
        let wantsJSON = FailureReport.isJSONWanted(arguments)
        if arguments.count == 2, arguments[0] == "--generate-man-page" {
            do {
                TerminalStream.output.write(try ManPage.text(name: arguments[1], root: root))
                return 0
            } catch {
                FailureReport.emit(CommandFailure(describing: error), json: false)
                return 1
            }
        }
        if let failure = CommandNames.failure(in: arguments, root: root) {
            FailureReport.emit(failure, json: wantsJSON)
            return failure.exitCode
        }
        if let refused = KernelLevel.refusedRequest {
            let levels = KernelLevel.available.map(\.rawValue).joined(separator: ", ")
            TerminalStream.error.writeLine(
                "warning: SHOAL_KERNELS=\(refused) cannot be used here, \(KernelLevel.active.rawValue) is; there are: \(levels)"
            )
        }
        var command: any ParsableCommand
        do {
            command = try root.parseAsRoot(PatternArguments.separated(arguments, root: root))
        } catch {
            return report(parsing: error, root: root, json: wantsJSON)
        }
        do {
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch  where isParserMessage(error, of: root) {
            return report(parsing: error, root: root, json: wantsJSON)
        } catch {
            var failure = CommandFailure(describing: error)
            if failure.code == HubError.Code.badToken.rawValue, let sender = command as? any TokenSending {
                failure.hint = sender.tokenSource.advice
            }
            FailureReport.emit(failure, json: wantsJSON)
            return failure.exitCode
        }
    }

    /// Whether a command asked the parser to speak: for its help, or about a wrong combination of arguments.
    private static func isParserMessage(_ error: any Error, of root: any ParsableCommand.Type) -> Bool {
        let code = root.exitCode(for: error)
        return code == .success || code == .validationFailure
    }

    private static func report(parsing error: any Error, root: any ParsableCommand.Type, json: Bool) -> Int32 {
        guard root.exitCode(for: error) != .success else {
            TerminalStream.output.writeLine(root.fullMessage(for: error))
            return 0
        }
        if let failure = error as? CommandFailure {
            FailureReport.emit(failure, json: json)
            return failure.exitCode
        }
        FailureReport.emit(
            .usage(root.message(for: error), hint: UsageText.hint(from: root.fullMessage(for: error))), json: json)
        return 2
    }
}

/// Picks the advice out of the argument parser's long error text.
enum UsageText {
    /// `see 'shoal pull --help'`, or nil when the text names no help.
    static func hint(from fullMessage: String) -> String? {
        for line in fullMessage.split(separator: "\n") {
            let parts = line.split(separator: "'", omittingEmptySubsequences: false)
            if parts.count == 3, parts[0].trimmingSpaces() == "See" { return "see '\(parts[1])'" }
        }
        return nil
    }
}
