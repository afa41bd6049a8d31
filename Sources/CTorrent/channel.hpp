#ifndef CTORRENT_CHANNEL_HPP
#define CTORRENT_CHANNEL_HPP

#include "ctorrent.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ctorrent {

/// What came from peers, or is to go to them, over one message channel (BEP 10).
class channel {
public:
    struct message {
        std::string peer;
        /// Whether the channel to the peer has opened; there are no bytes then.
        bool is_opening;
        std::vector<uint8_t> bytes;
    };

    const std::string name;
    const std::size_t largest;

    channel(std::string name, std::size_t largest, std::function<void()> ring)
        : name(std::move(name)), largest(largest), ring(std::move(ring)) {}

    /// What is too much is lost: gossip comes again.
    void receive(message received) {
        {
            const std::lock_guard<std::mutex> guard(lock);
            if (inbox.size() >= most_waiting) return;
            inbox.push_back(std::move(received));
        }
        ring();
    }

    std::deque<message> take() {
        const std::lock_guard<std::mutex> guard(lock);
        std::deque<message> result;
        result.swap(inbox);
        return result;
    }

    bool send(const std::string &peer, std::vector<char> bytes) {
        const std::lock_guard<std::mutex> guard(lock);
        const auto found = outboxes.find(peer);
        if (found == outboxes.end() || found->second.size() >= most_unsent) return false;
        found->second.push_back(std::move(bytes));
        return true;
    }

    void open(const std::string &peer) {
        const std::lock_guard<std::mutex> guard(lock);
        outboxes[peer];
    }

    void close(const std::string &peer) {
        const std::lock_guard<std::mutex> guard(lock);
        outboxes.erase(peer);
    }

    std::deque<std::vector<char>> unsent(const std::string &peer) {
        const std::lock_guard<std::mutex> guard(lock);
        std::deque<std::vector<char>> result;
        const auto found = outboxes.find(peer);
        if (found != outboxes.end()) result.swap(found->second);
        return result;
    }

private:
    static constexpr std::size_t most_waiting = 128;
    static constexpr std::size_t most_unsent = 8;

    const std::function<void()> ring;
    std::mutex lock;
    std::deque<message> inbox;
    std::map<std::string, std::deque<std::vector<char>>> outboxes;
};

} // namespace ctorrent

#endif
