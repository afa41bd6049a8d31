internal import Logging
internal import PublishWire
internal import Torrents

/// Asking others.
extension Discoverer {
    /// Asks everybody, until all have been asked and something was found.
    func ask(_ order: DiscoverOrder, _ book: TrustBook, _ engine: any TorrentEngine, _ board: DiscoverBoard) async {
        await Self.waitForNodes(engine)
        while !Task.isCancelled {
            let began = ContinuousClock.now
            await round(order, book, engine, board)
            let isEnough = await board.hasFound && !order.isThorough
            guard !Task.isCancelled, !isEnough else { return }
            // Announcements and items take some seconds to be seen.
            try? await Task.sleep(until: max(began + .seconds(3), .now + .seconds(1)), clock: .continuous)
        }
    }

    private static func waitForNodes(_ engine: any TorrentEngine) async {
        while await engine.nodeCount == 0 {
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    /// Asks all sources once, and fetches what they name.
    private func round(
        _ order: DiscoverOrder, _ book: TrustBook, _ engine: any TorrentEngine, _ board: DiscoverBoard
    ) async {
        let (queue, news) = AsyncStream.makeStream(of: PublisherKey.self)
        await withDiscardingTaskGroup { group in
            group.addTask {
                await withDiscardingTaskGroup { sources in
                    sources.addTask { await seek(book, engine, board, news) }
                    sources.addTask { await meet(order, news) }
                    for known in await roots.roots() where known.isCurrent { news.yield(known.root.identity) }
                }
                news.finish()
            }
            group.addTask { await fetch(queue, book, engine, board) }
        }
    }

    /// Asks the DHT for those whom the user follows.
    private func seek(
        _ book: TrustBook, _ engine: any TorrentEngine, _ board: DiscoverBoard,
        _ news: AsyncStream<PublisherKey>.Continuation
    ) async {
        let seeker = RootSeeker(engine: engine, book: roots)
        await withTaskGroup(of: Void.self) { group in
            for (number, publisher) in book.publishers.sorted().enumerated() {
                if number >= Self.seeksAtOnce { await group.next() }
                group.addTask {
                    await seeker.seek(publisher, patience: .seconds(10))
                    for note in await KeyNews(trust, roots: roots, clock: clock).digest(publisher) {
                        await board.note(note)
                    }
                    news.yield(publisher)
                }
            }
        }
    }

    /// Asks those who pass on roots.
    private func meet(_ order: DiscoverOrder, _ news: AsyncStream<PublisherKey>.Continuation) async {
        guard let gossip else { return }
        let heard = await gossip.news()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await publisher in heard { news.yield(publisher) } }
            await withDiscardingTaskGroup { meetings in
                meetings.addTask { await gossip.meet(at: Rendezvous.all, patience: .seconds(8)) }
                if let id = order.id {
                    meetings.addTask { await gossip.meet(at: Rendezvous.repo(id), patience: .seconds(8)) }
                }
            }
            group.cancelAll()
        }
    }

    /// Fetches the indexes of those of whom something was heard, a few at once.
    private func fetch(
        _ queue: AsyncStream<PublisherKey>, _ book: TrustBook, _ engine: any TorrentEngine, _ board: DiscoverBoard
    ) async {
        let fetcher = IndexFetcher(engine: engine, folder: folder, limits: limits)
        let own = IndexShelf(path: folder.ownFolder)
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await publisher in queue {
                guard let known = await roots.root(of: publisher), known.isCurrent, let hash = known.root.index,
                    // The own index is shown as it is on this machine, whose engine may be giving it to others.
                    FileFacts(own.folder(of: hash)) == nil,
                    await board.mayFetch(hash, of: publisher, atMost: limits.strangersFetched)
                else { continue }
                // Shown while its index is on the way, and after all if that never comes.
                await board.add(known.root)
                if running >= limits.fetchesAtOnce {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await fetch(known.root, by: fetcher, book, board) }
            }
        }
    }

    private func fetch(
        _ root: RootItem, by fetcher: IndexFetcher, _ book: TrustBook, _ board: DiscoverBoard
    ) async {
        let publisher = root.identity
        do {
            let stored = try await fetcher.fetch(
                root, isFollowed: book.publishers.contains(publisher), patience: .seconds(25))
            await roots.noteProven(publisher)
            let standing: Discovery.Standing = root.isStale(at: clock()) ? .stale : []
            if await board.add(stored.index, hash: stored.hash, standing) { await board.show() }
        } catch is CancellationError {
            return
        } catch {
            guard !Task.isCancelled else { return }
            let reason = (error as? PublishError)?.message ?? (error as? TorrentError)?.message ?? "\(error)"
            logger.debug("index not fetched", metadata: ["publisher": "\(publisher)", "reason": "\(reason)"])
            await board.note(reason)
        }
    }
}
