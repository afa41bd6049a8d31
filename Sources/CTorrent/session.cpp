#include "engine.hpp"

#ifdef CTORRENT_HAS_ENGINE

#include <libtorrent/ip_filter.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/session_stats.hpp>
#include <libtorrent/settings_pack.hpp>

#if __has_include(<libtorrent/pread_disk_io.hpp>)
#include <libtorrent/pread_disk_io.hpp>
#define CTORRENT_DISK_IO libtorrent::pread_disk_io_constructor
#else
#include <libtorrent/posix_disk_io.hpp>
#define CTORRENT_DISK_IO libtorrent::posix_disk_io_constructor
#endif

namespace lt = libtorrent;

namespace {

lt::settings_pack pack(const ctorrent_setting *settings, size_t count) {
    lt::settings_pack result;
    for (size_t i = 0; i < count; ++i) {
        const auto &setting = settings[i];
        const int name = lt::setting_by_name(setting.name);
        const int type = name & lt::settings_pack::type_mask;
        const bool is_text = setting.text != nullptr;
        // A newer libtorrent may have dropped one: then it has nothing to set.
        if (name < 0) continue;
        if (is_text && type == lt::settings_pack::string_type_base) {
            result.set_str(name, setting.text);
        } else if (!is_text && type == lt::settings_pack::int_type_base) {
            result.set_int(name, static_cast<int>(setting.number));
        } else if (!is_text && type == lt::settings_pack::bool_type_base) {
            result.set_bool(name, setting.number != 0);
        }
    }
    return result;
}

lt::alert_category_t wanted_alerts() {
    namespace category = lt::alert_category;
    return category::error | category::status | category::storage | category::tracker | category::peer
        | category::dht | category::dht_operation | category::piece_progress;
}

/// Limits hold for neighbours too; libtorrent would let them pass.
lt::ip_filter one_class_for_all() {
    const auto global = std::uint32_t{1} << static_cast<std::uint32_t>(lt::session::global_peer_class_id);
    lt::ip_filter filter;
    filter.add_rule(lt::address_v4::any(), lt::address_v4::broadcast(), global);
    lt::address_v6::bytes_type last;
    last.fill(0xff);
    filter.add_rule(lt::address_v6::any(), lt::address_v6(last), global);
    return filter;
}

} // namespace

ctorrent_session *ctorrent_open(
    const ctorrent_setting *settings, size_t count, const char *fingerprint, ctorrent_bytes dht_state,
    ctorrent_notify notify, void *context, ctorrent_failure *failure) {
    ctorrent_session *result = nullptr;
    ctorrent::guarded(failure, [&] {
        lt::session_params params(pack(settings, count));
        const auto alerts = static_cast<std::uint32_t>(wanted_alerts());
        params.settings.set_int(lt::settings_pack::alert_mask, static_cast<int>(alerts));
        params.settings.set_str(lt::settings_pack::peer_fingerprint, fingerprint);
        // Mapped files would fill the memory that others need.
        params.disk_io_constructor = CTORRENT_DISK_IO;
        if (dht_state.count > 0) {
            try {
                params.dht_state =
                    lt::read_session_params(ctorrent::span(dht_state), lt::session::save_dht_state).dht_state;
            } catch (const std::exception &) {
                // The DHT then begins with its bootstrap nodes.
            }
        }
        // It also loses nodes that it is to begin with; they are told again.
        const auto known = params.dht_state;
        auto session = std::make_unique<ctorrent_session>();
        session->notify = notify;
        session->context = context;
        session->nodes_metric = lt::find_metric_idx("dht.dht_nodes");
        session->engine = std::make_unique<lt::session>(std::move(params));
        session->engine->set_peer_class_filter(one_class_for_all());
        for (const auto *nodes : {&known.nodes, &known.nodes6}) {
            for (const auto &node : *nodes) {
                session->engine->add_dht_node({node.address().to_string(), node.port()});
            }
        }
        auto *raw = session.get();
        session->engine->set_alert_notify([raw] { raw->notify(raw->context); });
        result = session.release();
    });
    return result;
}

void ctorrent_close(ctorrent_session *session) {
    ctorrent::guarded(nullptr, [&] {
        session->engine->set_alert_notify({});
        session->engine.reset();
    });
    delete session;
}

bool ctorrent_configure(
    ctorrent_session *session, const ctorrent_setting *settings, size_t count, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] { session->engine->apply_settings(pack(settings, count)); });
}

uint16_t ctorrent_port(ctorrent_session *session) {
    uint16_t port = 0;
    ctorrent::guarded(nullptr, [&] { port = session->engine->listen_port(); });
    return port;
}

void ctorrent_ask_statistics(ctorrent_session *session) {
    ctorrent::guarded(nullptr, [&] { session->engine->post_session_stats(); });
}

bool ctorrent_dht_state(ctorrent_session *session, ctorrent_buffer *state, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto params = session->engine->session_state(lt::session::save_dht_state);
        const auto bytes = lt::write_session_params_buf(params, lt::session::save_dht_state);
        *state = ctorrent::owned(bytes.data(), bytes.size());
    });
}

#endif
