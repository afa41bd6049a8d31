#include "engine.hpp"

#ifdef CTORRENT_HAS_ENGINE

#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>

#include <sstream>

namespace lt = libtorrent;

namespace {

/// Our number for the messages; libtorrent's own are below 20.
constexpr int own_number = 21;

/// One connection. libtorrent calls it from its network thread alone.
class channel_peer final : public lt::peer_plugin {
public:
    channel_peer(lt::peer_connection_handle connection, std::shared_ptr<ctorrent::channel> channel)
        : connection(std::move(connection)), channel(std::move(channel)) {}

    void add_handshake(lt::entry &handshake) override { handshake["m"][channel->name] = own_number; }

    bool on_extension_handshake(const lt::bdecode_node &handshake) override {
        if (handshake.type() != lt::bdecode_node::dict_t) return false;
        const auto messages = handshake.dict_find_dict("m");
        const auto number = messages ? messages.dict_find_int_value(channel->name, 0) : 0;
        if (number <= 0 || number > 255) return false;
        const bool is_new = their_number == 0;
        their_number = static_cast<int>(number);
        if (!is_new) return true;
        std::ostringstream text;
        text << connection.remote();
        name = text.str();
        channel->open(name);
        channel->receive({name, true, {}});
        return true;
    }

    bool on_extended(int length, int number, lt::span<const char> body) override {
        if (number != own_number) return false;
        // It is told of a message again and again while that arrives.
        const bool is_whole = body.size() == length;
        const bool is_allowed = length >= 0 && static_cast<std::size_t>(length) <= channel->largest;
        if (is_whole && is_allowed && !name.empty()) {
            channel->receive({name, false, std::vector<uint8_t>(body.begin(), body.end())});
        }
        return true;
    }

    void tick() override {
        if (name.empty()) return;
        for (const auto &bytes : channel->unsent(name)) {
            const auto length = static_cast<std::uint32_t>(bytes.size() + 2);
            std::vector<char> frame;
            for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(length >> shift & 0xff));
            // An extended message (BEP 10).
            frame.push_back(20);
            frame.push_back(static_cast<char>(their_number));
            frame.insert(frame.end(), bytes.begin(), bytes.end());
            connection.send_buffer(frame.data(), static_cast<int>(frame.size()));
        }
    }

    void on_disconnect(const lt::error_code &) override {
        if (!name.empty()) channel->close(name);
        name.clear();
    }

private:
    lt::peer_connection_handle connection;
    std::shared_ptr<ctorrent::channel> channel;
    std::string name;
    int their_number = 0;
};

class channel_torrent final : public lt::torrent_plugin {
public:
    explicit channel_torrent(std::shared_ptr<ctorrent::channel> channel) : channel(std::move(channel)) {}

    std::shared_ptr<lt::peer_plugin> new_connection(const lt::peer_connection_handle &connection) override {
        if (connection.type() != lt::connection_type::bittorrent) return nullptr;
        return std::make_shared<channel_peer>(connection, channel);
    }

private:
    std::shared_ptr<ctorrent::channel> channel;
};

} // namespace

bool ctorrent_open_channel(
    ctorrent_session *session, ctorrent_bytes id, const char *name, size_t largest, uint32_t *torrent,
    ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        if (id.count != 20) throw ctorrent::failed{CTORRENT_NETWORK, "the id has the wrong length"};
        const auto channel =
            std::make_shared<ctorrent::channel>(name, largest, [session] { session->notify(session->context); });
        lt::add_torrent_params params;
        // A torrent that nobody has: it is only met at.
        params.info_hashes.v1 = lt::sha1_hash(reinterpret_cast<const char *>(id.bytes));
        params.save_path = "/dev/null/nowhere";
        params.flags &= ~(lt::torrent_flags::auto_managed | lt::torrent_flags::paused);
        params.flags |= lt::torrent_flags::default_dont_download | lt::torrent_flags::duplicate_is_error;
        params.extensions.push_back([channel](const lt::torrent_handle &, lt::client_data_t) {
            return std::make_shared<channel_torrent>(channel);
        });
        *torrent = session->enrol(session->engine->add_torrent(std::move(params)));
        const std::lock_guard<std::mutex> guard(session->lock);
        session->channels[*torrent] = channel;
    });
}

bool ctorrent_send(
    ctorrent_session *session, uint32_t torrent, const char *peer, ctorrent_bytes bytes, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        std::shared_ptr<ctorrent::channel> channel;
        {
            const std::lock_guard<std::mutex> guard(session->lock);
            const auto found = session->channels.find(torrent);
            if (found != session->channels.end()) channel = found->second;
        }
        if (!channel) throw ctorrent::failed{CTORRENT_UNKNOWN_TORRENT, "there is no such channel"};
        const auto view = ctorrent::span(bytes);
        const bool fits = bytes.count <= channel->largest;
        if (!fits || !channel->send(peer, std::vector<char>(view.begin(), view.end()))) {
            throw ctorrent::failed{CTORRENT_NETWORK, "the message cannot be sent to " + std::string(peer)};
        }
    });
}

#endif
