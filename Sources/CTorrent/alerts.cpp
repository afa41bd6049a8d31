#include "engine.hpp"

#ifdef CTORRENT_HAS_ENGINE

#include <libtorrent/alert_types.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/write_resume_data.hpp>

#include <sstream>

namespace lt = libtorrent;

namespace {

ctorrent_bytes bytes(const void *first, size_t count) { return {static_cast<const uint8_t *>(first), count}; }

template <typename Container>
ctorrent_bytes bytes(const Container &container) {
    return bytes(container.data(), container.size());
}

std::string text(const lt::tcp::endpoint &endpoint) {
    std::ostringstream stream;
    stream << endpoint;
    return stream.str();
}

/// Tells of alerts, one by one.
class teller {
public:
    teller(ctorrent_session &session, ctorrent_tell tell, void *context)
        : session(session), tell(tell), context(context) {}

    void run() {
        std::vector<lt::alert *> alerts;
        session.engine->pop_alerts(&alerts);
        for (size_t i = 0; i < alerts.size(); ++i) {
            // One that cannot be told must not keep the others back.
            ctorrent::guarded(nullptr, [&] { take(alerts, i); });
        }
        take_messages();
    }

private:
    ctorrent_session &session;
    const ctorrent_tell tell;
    void *const context;

    void send(ctorrent_event event) const { tell(context, &event); }

    /// One of which nothing is wanted yet has not finished.
    void send_if_decided(const ctorrent_event &event) const {
        if (!session.is_undecided(event.torrent)) send(event);
    }

    ctorrent_event event(ctorrent_kind kind, const lt::alert &alert) const {
        ctorrent_event result{};
        result.kind = kind;
        if (const auto *torrent = dynamic_cast<const lt::torrent_alert *>(&alert)) {
            result.torrent = session.number(torrent->handle);
        }
        return result;
    }

    void fail(ctorrent_kind kind, const lt::alert &alert, const lt::error_code &error, const std::string &why) const {
        auto result = event(kind, alert);
        result.code = ctorrent::code_of(error);
        result.text = why.c_str();
        send(result);
    }

    void take(const std::vector<lt::alert *> &alerts, size_t i) {
        const lt::alert *const alert = alerts[i];
        const auto *of_torrent = dynamic_cast<const lt::torrent_alert *>(alert);
        // What is told late of one that has gone concerns nobody.
        if (of_torrent != nullptr && session.number(of_torrent->handle) == 0) return;
        if (take_of_torrent(alert) || take_of_dht(alert)) return;
        if (const auto *failed = lt::alert_cast<lt::hash_failed_alert>(alert)) {
            auto result = event(CTORRENT_WRONG_PIECE, *failed);
            result.number = static_cast<int>(failed->piece_index);
            const std::string peer = culprit(alerts, i);
            result.text = peer.empty() ? nullptr : peer.c_str();
            send(result);
        } else if (const auto *statistics = lt::alert_cast<lt::session_stats_alert>(alert)) {
            auto result = event(CTORRENT_STATISTICS, *alert);
            if (session.nodes_metric >= 0) result.number = statistics->counters()[session.nodes_metric];
            send(result);
        } else if (lt::alert_cast<lt::alerts_dropped_alert>(alert) != nullptr) {
            send(event(CTORRENT_DROPPED, *alert));
        } else {
            take_failure(alert);
        }
    }

    void take_messages() {
        std::map<uint32_t, std::shared_ptr<ctorrent::channel>> channels;
        {
            const std::lock_guard<std::mutex> guard(session.lock);
            channels = session.channels;
        }
        for (const auto &[number, channel] : channels) {
            for (const auto &message : channel->take()) {
                ctorrent_event result{};
                result.kind = message.is_opening ? CTORRENT_CHANNEL_OPEN : CTORRENT_MESSAGE;
                result.torrent = number;
                result.text = message.peer.c_str();
                result.bytes = bytes(message.bytes);
                send(result);
            }
        }
    }

    bool take_of_torrent(const lt::alert *alert) {
        if (lt::alert_cast<lt::metadata_received_alert>(alert) != nullptr) {
            send(event(CTORRENT_METADATA, *alert));
        } else if (lt::alert_cast<lt::torrent_checked_alert>(alert) != nullptr) {
            send_if_decided(event(CTORRENT_CHECKED, *alert));
        } else if (const auto *piece = lt::alert_cast<lt::piece_finished_alert>(alert)) {
            auto result = event(CTORRENT_PIECE, *alert);
            result.number = static_cast<int>(piece->piece_index);
            send(result);
        } else if (lt::alert_cast<lt::torrent_finished_alert>(alert) != nullptr) {
            send_if_decided(event(CTORRENT_FINISHED, *alert));
        } else if (const auto *reply = lt::alert_cast<lt::tracker_reply_alert>(alert)) {
            auto result = event(CTORRENT_ANNOUNCED, *alert);
            result.number = reply->num_peers;
            result.text = reply->tracker_url();
            send(result);
        } else if (const auto *saved = lt::alert_cast<lt::save_resume_data_alert>(alert)) {
            auto result = event(CTORRENT_RESUME_DATA, *alert);
            const auto encoded = lt::write_resume_data_buf(saved->params);
            result.bytes = bytes(encoded);
            send(result);
        } else if (const auto *unsaved = lt::alert_cast<lt::save_resume_data_failed_alert>(alert)) {
            fail(CTORRENT_RESUME_FAILED, *alert, unsaved->error, unsaved->error.message());
        } else if (const auto *changed = lt::alert_cast<lt::file_prio_alert>(alert)) {
            find_peers_again(changed->handle);
        } else if (const auto *removed = lt::alert_cast<lt::torrent_removed_alert>(alert)) {
            const auto result = event(CTORRENT_REMOVED, *alert);
            forget(removed->handle);
            send(result);
        } else {
            return false;
        }
        return true;
    }

    bool take_of_dht(const lt::alert *alert) {
        if (const auto *put = lt::alert_cast<lt::dht_put_alert>(alert)) {
            auto result = event(CTORRENT_PUT, *alert);
            result.key = bytes(put->public_key);
            result.salt = bytes(put->salt);
            result.sequence = put->seq;
            result.number = put->num_success;
            send(result);
        } else if (const auto *item = lt::alert_cast<lt::dht_mutable_item_alert>(alert)) {
            auto result = event(CTORRENT_ITEM, *alert);
            std::vector<char> value;
            const bool is_there = item->item.type() != lt::entry::undefined_t;
            if (is_there) lt::bencode(std::back_inserter(value), item->item);
            result.key = bytes(item->key);
            result.salt = bytes(item->salt);
            result.sequence = item->seq;
            result.number = item->authoritative ? 1 : 0;
            if (is_there) result.signature = bytes(item->signature);
            result.bytes = bytes(value);
            send(result);
        } else if (const auto *reply = lt::alert_cast<lt::dht_get_peers_reply_alert>(alert)) {
            auto result = event(CTORRENT_PEERS, *alert);
            const auto compact = compacted(reply->peers());
            result.key = bytes(reply->info_hash.data(), 20);
            result.bytes = bytes(compact);
            send(result);
        } else {
            return false;
        }
        return true;
    }

    void take_failure(const lt::alert *alert) {
        // That nowhere is no place is meant so.
        if (session.is_undecided(event(CTORRENT_FAILED, *alert).torrent)
            && lt::alert_cast<lt::metadata_failed_alert>(alert) == nullptr) {
            return;
        }
        if (const auto *torrent = lt::alert_cast<lt::torrent_error_alert>(alert)) {
            fail(CTORRENT_FAILED, *alert, torrent->error, torrent->error.message());
        } else if (const auto *file = lt::alert_cast<lt::file_error_alert>(alert)) {
            fail(CTORRENT_FAILED, *alert, file->error, std::string(file->filename()) + ": " + file->error.message());
        } else if (const auto *metadata = lt::alert_cast<lt::metadata_failed_alert>(alert)) {
            fail(CTORRENT_FAILED, *alert, metadata->error, metadata->error.message());
        } else if (const auto *conflict = lt::alert_cast<lt::torrent_conflict_alert>(alert)) {
            auto result = event(CTORRENT_FAILED, *conflict);
            result.code = CTORRENT_INVALID_TORRENT;
            result.text = "both halves of it are there already, as two torrents";
            send(result);
        } else if (
            lt::alert_cast<lt::tracker_error_alert>(alert) != nullptr
            || lt::alert_cast<lt::tracker_warning_alert>(alert) != nullptr
            || lt::alert_cast<lt::url_seed_alert>(alert) != nullptr
            || lt::alert_cast<lt::fastresume_rejected_alert>(alert) != nullptr
            || lt::alert_cast<lt::listen_failed_alert>(alert) != nullptr) {
            auto result = event(CTORRENT_COMPLAINT, *alert);
            const std::string message = alert->message();
            result.text = message.c_str();
            send(result);
        }
    }

    /// The peer that is banned for a wrong piece, which is told right after the piece.
    std::string culprit(const std::vector<lt::alert *> &alerts, size_t i) const {
        const auto *failed = static_cast<const lt::hash_failed_alert *>(alerts[i]);
        for (size_t next = i + 1; next < alerts.size() && next < i + 16; ++next) {
            const auto *other = lt::alert_cast<lt::hash_failed_alert>(alerts[next]);
            if (other != nullptr && other->handle == failed->handle) break;
            const auto *ban = lt::alert_cast<lt::peer_ban_alert>(alerts[next]);
            if (ban != nullptr && ban->handle == failed->handle) return text(ban->endpoint);
        }
        return {};
    }

    static std::vector<uint8_t> compacted(const std::vector<lt::tcp::endpoint> &peers) {
        std::vector<uint8_t> result;
        for (const auto &peer : peers) {
            const auto address = peer.address();
            const auto v6 =
                address.is_v6() ? address.to_v6() : lt::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4());
            const auto parts = v6.to_bytes();
            result.insert(result.end(), parts.begin(), parts.end());
            result.push_back(static_cast<uint8_t>(peer.port() >> 8));
            result.push_back(static_cast<uint8_t>(peer.port() & 0xff));
        }
        return result;
    }

    /// A torrent that had finished counts its seeds as nobody to dial, and libtorrent counts anew only when there is
    /// somebody else: that is ourselves, who are recognised at once.
    void find_peers_again(const lt::torrent_handle &torrent) {
        {
            const std::lock_guard<std::mutex> guard(session.lock);
            const auto found = session.numbers.find(torrent);
            if (found == session.numbers.end() || session.widened.erase(found->second) == 0) return;
        }
        if (torrent.status({}).is_finished) return;
        torrent.connect_peer({lt::address_v4::loopback(), session.engine->listen_port()}, {}, {});
    }

    void forget(const lt::torrent_handle &torrent) {
        const std::lock_guard<std::mutex> guard(session.lock);
        const auto found = session.numbers.find(torrent);
        if (found == session.numbers.end()) return;
        session.torrents.erase(found->second);
        session.seeds.erase(found->second);
        session.undecided.erase(found->second);
        session.widened.erase(found->second);
        session.channels.erase(found->second);
        session.numbers.erase(found);
    }
};

} // namespace

void ctorrent_poll(ctorrent_session *session, ctorrent_tell tell, void *context) {
    ctorrent::guarded(nullptr, [&] { teller(*session, tell, context).run(); });
}

#endif
