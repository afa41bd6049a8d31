import Testing

/// Everything that starts the built programs. One test at a time: each has several processes and measures some of them.
@Suite("Integration", .serialized) enum Integration {}
