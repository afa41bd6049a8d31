extension Dashboard {
    /// Text goes into the page as text alone, never as markup: names come from strangers.
    static let script = #"""
        "use strict";
        (() => {
        const svgSpace = "http://www.w3.org/2000/svg";
        const byID = (id) => document.getElementById(id);
        let token = new URLSearchParams(location.hash.slice(1)).get("token") || sessionStorage.getItem("shoal-token");
        if (location.hash) history.replaceState(null, "", location.pathname);

        function make(space, name, attributes, ...children) {
          const node = space ? document.createElementNS(space, name) : document.createElement(name);
          for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
          for (const child of children) node.append(child);
          return node;
        }
        const el = (name, attributes, ...children) => make(null, name, attributes, ...children);
        const svg = (name, attributes, ...children) => make(svgSpace, name, attributes, ...children);

        function size(bytes) {
          const units = ["B", "KiB", "MiB", "GiB", "TiB"];
          let value = bytes, unit = 0;
          while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
          return (unit === 0 ? Math.round(value) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)) + " " + units[unit];
        }
        function time(seconds) {
          const whole = Math.floor(seconds);
          if (whole < 60) return whole + " s";
          if (whole < 3600) return Math.floor(whole / 60) + " min";
          return Math.floor(whole / 3600) + " h " + Math.floor(whole % 3600 / 60) + " min";
        }
        const files = (count) => count + (count === 1 ? " file" : " files");
        function say(text, isBad) {
          byID("line").textContent = text;
          byID("line").className = isBad ? "bad" : "";
        }

        function bar(parts, total, height) {
          const picture = svg("svg", { viewBox: "0 0 600 " + height, preserveAspectRatio: "none", class: "bar", role: "img" });
          picture.append(svg("rect", { x: 0, y: 0, width: 600, height, rx: 3, class: "base" }));
          let x = 0;
          for (const [kind, count] of parts) {
            const width = total > 0 ? 600 * Math.min(1, count / total) : 0;
            if (width > 0) picture.append(svg("rect", { x, y: 0, width: Math.min(width, 600 - x), height, class: kind }));
            x += width;
          }
          return picture;
        }

        function showSources(bytes) {
          const parts = [["hub", bytes.from_hub], ["peer", bytes.from_peers], ["disk", bytes.from_disk]];
          const total = parts.reduce((sum, part) => sum + part[1], 0);
          byID("sources").replaceChildren(bar(parts, total, 22));
          const rows = [];
          const names = { hub: "from the hub", peer: "from peers", disk: "from this disk" };
          for (const [kind, count] of parts) {
            const share = total > 0 ? " (" + Math.round(100 * count / total) + " %)" : "";
            rows.push(el("dt", {}, el("span", { class: "dot " + kind }), names[kind]), el("dd", {}, size(count) + share));
          }
          rows.push(el("dt", {}, "spared by deduplication"), el("dd", { id: "deduplicated" }, size(bytes.deduplicated)));
          rows.push(el("dt", {}, "sent to programs"), el("dd", {}, size(bytes.to_clients)));
          rows.push(el("dt", {}, "sent to peers"), el("dd", {}, size(bytes.to_peers)));
          byID("totals").replaceChildren(...rows);
        }

        let lastPeers = {};
        function showPeers(status) {
          if (status.bt_port === 0) {
            byID("peers").replaceChildren(el("p", { class: "empty" }, "Peers are switched off."));
            return;
          }
          const shown = status.peers.slice(0, 16);
          const height = 280, middle = [260, height / 2];
          const picture = svg("svg", { viewBox: "0 0 520 " + height, role: "img",
            "aria-label": status.peers.length + " peers" });
          const next = {};
          shown.forEach((peer, index) => {
            const angle = 2 * Math.PI * index / shown.length - Math.PI / 2;
            const x = middle[0] + 170 * Math.cos(angle), y = middle[1] + 100 * Math.sin(angle);
            const moved = peer.to_peer + peer.from_peer;
            const isLive = lastPeers[peer.address] !== undefined && moved > lastPeers[peer.address];
            next[peer.address] = moved;
            picture.append(svg("line", { x1: middle[0], y1: middle[1], x2: x, y2: y, class: isLive ? "wire live" : "wire" }));
            picture.append(svg("circle", { cx: x, cy: y, r: 9, class: "node" }));
            picture.append(svg("text", { x, y: y - 14, "text-anchor": "middle", class: "address" }, peer.address));
            picture.append(svg("text", { x, y: y + 24, "text-anchor": "middle", class: "soft" },
              "↓ " + size(peer.from_peer) + "  ↑ " + size(peer.to_peer)));
          });
          lastPeers = next;
          picture.append(svg("circle", { cx: middle[0], cy: middle[1], r: 14, class: "self" }));
          picture.append(svg("text", { x: middle[0], y: middle[1] + 30, "text-anchor": "middle" }, "this machine"));
          const parts = [picture];
          if (shown.length === 0) parts.push(el("p", { class: "empty" }, "No peer is connected; port " + status.bt_port + " is open."));
          if (status.peers.length > shown.length)
            parts.push(el("p", { class: "empty" }, "and " + (status.peers.length - shown.length) + " more"));
          byID("peers").replaceChildren(...parts);
        }

        function row(kind, cells) {
          return el("tr", {}, ...cells.map(([content, style]) => el(kind, style ? { class: style } : {}, content)));
        }
        function table(head, rows) {
          return el("div", { class: "scroll" },
            el("table", {}, el("thead", {}, row("th", head)), el("tbody", {}, ...rows)));
        }

        function showTransfers(status) {
          const rows = [];
          for (const pull of status.pulls) rows.push({
            name: (pull.type === "model" ? "" : pull.type + "s/") + pull.repo, state: pull.state,
            size: pull.total_bytes, done: pull.completed_bytes, rate: pull.bytes_per_second,
            parts: [["peer", pull.peer_bytes], ["hub", Math.max(0, pull.transferred_bytes - pull.peer_bytes)],
              ["disk", Math.max(0, pull.completed_bytes - pull.transferred_bytes)]] });
          for (const file of status.transfers) rows.push({
            name: file.name, state: file.state, size: file.size, done: file.done, rate: file.bytes_per_second,
            parts: [["peer", file.from_peers], ["hub", file.from_hub], ["disk", file.from_disk]] });
          rows.sort((a, b) => (b.state === "running") - (a.state === "running"));
          if (rows.length === 0) {
            byID("transfers").replaceChildren(el("p", { class: "empty" },
              "Nothing yet. Programs use this agent with HF_ENDPOINT=" + status.endpoint));
            return;
          }
          byID("transfers").replaceChildren(table(
            [["Name"], ["State"], ["Progress"], ["Size", "num"], ["Rate", "num"]],
            rows.slice(0, 40).map((item) => row("td", [
              [item.name, "name"], [item.state, "state-" + item.state], [bar(item.parts, item.size, 8)],
              [size(item.done) + " of " + size(item.size), "num"], [size(item.rate) + "/s", "num"]]))));
        }

        function given(model) {
          const parts = [];
          if (model.seeded_files > 0) parts.push(files(model.seeded_files) + ", " + size(model.seeded_bytes));
          const torrents = (model.versions || []).filter((version) => version.seeded).length;
          if (torrents > 0) parts.push(torrents + (torrents === 1 ? " torrent" : " torrents"));
          return parts.length === 0 ? "no" : parts.join(" · ");
        }

        const torrentWords = { stopped: "failed", failed: "failed", cancelled: "cancelled" };
        function showTorrents(torrents) {
          if (!torrents || !torrents.available) {
            byID("torrent-line").textContent = "No torrents: " + (torrents ? torrents.reason : "the agent is older than this page");
            byID("torrents").replaceChildren();
            return;
          }
          byID("torrent-line").textContent = [torrents.engine, "port " + torrents.port,
            torrents.dht_nodes + " DHT nodes", torrents.peers + (torrents.peers === 1 ? " peer" : " peers"),
            "↓ " + size(torrents.download_rate) + "/s", "↑ " + size(torrents.upload_rate) + "/s",
            size(torrents.given_bytes) + " given"].filter(Boolean).join(" · ");
          if (torrents.transfers.length === 0) {
            byID("torrents").replaceChildren(el("p", { class: "empty" }, "Nothing is shared yet; shoal share begins it."));
            return;
          }
          const rows = torrents.transfers.slice(0, 60).map((item) => {
            const state = el("span", { class: "state-" + (torrentWords[item.phase] || "running") }, item.phase);
            const name = el("span", {}, item.model_name + (item.version ? " @ " + item.version : ""));
            if (!item.public) name.append(el("span", { class: "tag" }, "not public"));
            if (item.error) name.append(el("div", { class: "state-failed small" }, item.error));
            const kind = item.type === "download" ? "peer" : "hub";
            const done = item.type === "download" ? item.bytes_transferred : item.total_bytes;
            return row("td", [[name, "name"], [state], [bar([[kind, done]], item.total_bytes, 8)],
              [item.type === "download" ? size(item.bytes_transferred) + " of " + size(item.total_bytes) : size(item.total_bytes), "num"],
              ["↓ " + size(item.download_rate) + "/s ↑ " + size(item.upload_rate) + "/s", "num"],
              [String(item.peers), "num"], [size(item.given_bytes), "num"], [item.ratio.toFixed(2), "num"]]);
          });
          byID("torrents").replaceChildren(table(
            [["Name"], ["State"], ["Progress"], ["Size", "num"], ["Rates", "num"], ["Peers", "num"], ["Given", "num"],
              ["Ratio", "num"]], rows));
        }

        function showModels(models) {
          if (models.length === 0) {
            byID("models").replaceChildren(el("p", { class: "empty" }, "The cache is empty."));
            return;
          }
          byID("models").replaceChildren(table(
            [["Repository"], ["Kind"], ["Files", "num"], ["Size", "num"], ["Given to peers", "num"]],
            models.map((model) => row("td", [
              [model.name, "name"], [model.type], [String(model.files), "num"], [size(model.bytes), "num"],
              [given(model), "num"]]))));
        }

        async function ask(path) {
          const reply = await fetch(path, { headers: { Authorization: "Bearer " + token }, cache: "no-store" });
          if (reply.status === 401) throw new Error("token");
          if (!reply.ok) throw new Error("the agent answers with " + reply.status);
          return reply;
        }

        let modelsAt = 0;
        async function loadModels() {
          if (Date.now() - modelsAt < 5000) return;
          modelsAt = Date.now();
          showModels(await (await ask("/v1/models")).json());
        }

        function show(status) {
          const away = status.upstream_reachable === false ? " (away)" : "";
          say("version " + status.version + " · up " + time(status.uptime_seconds) + " · in front of " + status.upstream + away
            + " · gives " + files(status.seeding.files) + ", " + size(status.seeding.bytes));
          showSources(status.bytes);
          showPeers(status);
          showTransfers(status);
          showTorrents(status.torrents);
          byID("content").hidden = false;
          document.body.dataset.ready = "true";
        }

        async function follow() {
          const reply = await ask("/v1/events");
          const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
          let rest = "";
          for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            rest += value;
            let end;
            while ((end = rest.indexOf("\n\n")) >= 0) {
              const lines = rest.slice(0, end).split("\n");
              rest = rest.slice(end + 2);
              if (lines[0] !== "event: status") continue;
              show(JSON.parse(lines[1].slice(6)));
              await loadModels();
            }
          }
        }

        async function run() {
          for (;;) {
            try {
              show(await (await ask("/v1/status")).json());
              sessionStorage.setItem("shoal-token", token);
              await loadModels();
              await follow();
              say("the agent has ended", true);
            } catch (error) {
              if (error.message === "token") {
                token = null;
                sessionStorage.removeItem("shoal-token");
                byID("content").hidden = true;
                return enter("That token is not the agent's.");
              }
              say("the agent does not answer", true);
            }
            await new Promise((resolve) => setTimeout(resolve, 2000));
          }
        }

        function enter(text) {
          say(text, text !== "");
          byID("entry").hidden = false;
        }
        byID("entry").addEventListener("submit", (event) => {
          event.preventDefault();
          token = byID("token").value.trim();
          byID("token").value = "";
          byID("entry").hidden = true;
          run();
        });
        if (token) run(); else enter("");
        })();

        """#
}
