/// How pages look: one sheet, light and dark by the reader's own setting, from telephones to wide screens.
enum Stylesheet {
    static let text = """
        :root {
          color-scheme: light dark;
          --bg: #f6f8f8; --card: #fff; --ink: #13212a; --quiet: #5a6b76; --line: #dfe6e9; --soft: #eef3f4;
          --accent: #0b7480; --accent-ink: #fff; --plus: #146c37; --plus-bg: #e3f5e8; --minus: #a8261c;
          --minus-bg: #fdebe8; --amber: #d08a1d; --plum: #8a5bb0; --packed: #8fa3ad; --shadow: 0 1px 2px rgb(16 32 40 / 6%);
          --mono: ui-monospace, SFMono-Regular, "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
          --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --bg: #0e1519; --card: #152026; --ink: #e4edf1; --quiet: #93a6b1; --line: #26353d; --soft: #1b2930;
            --accent: #4cc2cc; --accent-ink: #06262a; --plus: #6bd08d; --plus-bg: #12301f; --minus: #ff9a8f;
            --minus-bg: #3a1c1a; --amber: #e0a445; --plum: #b58bd8; --packed: #5f737d; --shadow: none;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0; background: var(--bg); color: var(--ink); font: 16px/1.55 var(--sans); }
        a { color: var(--accent); text-decoration: none; }
        a:hover { text-decoration: underline; text-underline-offset: .18em; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
        h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
        h1 { font-size: 1.5rem; font-weight: 650; letter-spacing: -.012em; }
        h2 { font-size: 1.06rem; font-weight: 650; }
        h3 { font-size: 1rem; font-weight: 600; }
        p { margin: .6em 0; }
        code, pre, kbd { font-family: var(--mono); font-size: .875em; }
        pre { margin: 0; }
        pre code { font-size: inherit; }
        .wide { max-width: 1180px; margin-inline: auto; padding-inline: 24px; }
        .quiet, time { color: var(--quiet); }
        .hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
        .skip { position: absolute; left: -999px; }
        .skip:focus { left: 12px; top: 12px; background: var(--card); padding: 6px 12px; z-index: 2; }
        .icon { fill: none; stroke: currentColor; stroke-width: 1.25; stroke-linejoin: round; stroke-linecap: round;
          flex: none; vertical-align: -2px; color: var(--quiet); }

        .top { background: var(--card); border-bottom: 1px solid var(--line); }
        .top .wide { display: flex; align-items: center; gap: 8px 22px; min-height: 60px; flex-wrap: wrap;
          padding-block: 10px; }
        .brand { display: flex; align-items: center; gap: 9px; font-weight: 700; font-size: 1.12rem; color: var(--ink);
          letter-spacing: -.01em; }
        .brand:hover { text-decoration: none; }
        .mark path { fill: var(--accent); } .mark .eye { fill: var(--card); }
        .top nav { display: flex; gap: 18px; }
        .top nav a, .me { color: var(--ink); font-size: .94rem; }
        .search { flex: 1 1 200px; max-width: 420px; margin-left: auto; }
        input { font: inherit; color: inherit; }
        input[type=search], input[type=password] { width: 100%; background: var(--soft); border: 1px solid transparent;
          border-radius: 8px; padding: 7px 12px; font-size: .94rem; }
        input[type=password] { border-color: var(--line); font-family: var(--mono); }
        input:focus { outline: 2px solid var(--accent); outline-offset: -1px; background: var(--card); }
        ::placeholder { color: var(--quiet); opacity: 1; }
        .inline { display: inline; }
        button, .button { font: inherit; font-size: .9rem; font-weight: 550; line-height: 1.3; color: var(--ink);
          background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 6px 13px; cursor: pointer;
          display: inline-block; white-space: nowrap; }
        button:hover, .button:hover { background: var(--soft); text-decoration: none; }
        .primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
        .primary:hover { background: var(--accent); filter: brightness(1.08); }

        main { padding-block: 28px 48px; min-height: calc(100vh - 190px); }
        footer { padding-block: 20px 32px; font-size: .85rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 22px;
          margin: 0 0 18px; box-shadow: var(--shadow); min-width: 0; }
        .card > h2:first-child { margin-bottom: 12px; }
        .card > :last-child { margin-bottom: 0; }
        .flush { padding: 0; overflow: clip; }
        .pad { padding: 16px 22px; }
        .narrow { max-width: 520px; margin-inline: auto; padding: 28px; }
        .narrow form { margin: 18px 0; display: grid; gap: 10px; } .narrow label { font-weight: 600; font-size: .92rem; }
        .narrow button { padding: 9px; }
        .error { text-align: center; margin-top: 6vh; }
        .error .status { font-size: 3.2rem; font-weight: 700; line-height: 1; color: var(--accent); margin: 0 0 12px; }
        .error h1 { font-size: 1.2rem; overflow-wrap: anywhere; }
        .narrow .line { white-space: pre-wrap; overflow-wrap: anywhere; }
        .problem { color: var(--minus); background: var(--minus-bg); padding: 8px 12px; border-radius: 8px; }
        .end { text-align: right; margin: 0 0 8px; font-size: .9rem; }

        .title-row { display: flex; align-items: baseline; gap: 12px; margin-bottom: 14px; }
        .tabs { display: flex; gap: 4px; border-bottom: 1px solid var(--line); margin-bottom: 18px; overflow-x: auto; }
        .tabs a { color: var(--quiet); padding: 9px 12px; font-size: .94rem; border-bottom: 2px solid transparent;
          margin-bottom: -1px; white-space: nowrap; }
        .tabs a:hover { color: var(--ink); text-decoration: none; }
        .tabs a[aria-current] { color: var(--ink); border-color: var(--accent); font-weight: 600; }
        .repos { list-style: none; margin: 0 0 18px; padding: 0; display: grid; gap: 10px;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); }
        .repo { height: 100%; background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; padding: 13px 16px; color: var(--ink); box-shadow: var(--shadow); }
        .repo:hover { border-color: var(--accent); text-decoration: none; }
        .repo { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 10px; align-content: start; }
        .repo .name { overflow-wrap: anywhere; } .repo strong { font-weight: 620; }
        .repo .what { grid-column: 2; font-size: .84rem; color: var(--quiet); }
        section > h2, main > h2 { margin: 22px 0 12px; } .card > h2 { margin-top: 0; }
        .badge { font-size: .74rem; font-weight: 600; color: var(--quiet); border: 1px solid var(--line); border-radius: 99px;
          padding: 1px 8px; text-decoration: none; white-space: nowrap; line-height: 1.5; vertical-align: 2px; }
        .is-open { color: var(--plus); border-color: currentColor; } .is-merged { color: var(--plum); border-color: currentColor; }
        .is-closed { color: var(--minus); border-color: currentColor; }
        .said { margin: 0 0 14px; } .said > .quiet { margin: 0; padding: 8px 18px; font-size: .9rem; background: var(--soft);
          border: 1px solid var(--line); border-bottom: 0; border-radius: 12px 12px 0 0; }
        .said > .markdown { border-radius: 0 0 12px 12px; padding: 14px 18px; margin: 0; }
        .said .author { color: var(--ink); font-weight: 620; } .event { margin: 0 0 14px 19px; padding-left: 16px; font-size: .9rem;
          border-left: 2px solid var(--line); }
        .tag-note { padding: 12px 22px; } .tag-note p { margin: 0; } .tag-note pre.message { margin: 4px 0 0; }
        .pager { display: flex; justify-content: center; gap: 12px; margin: 20px 0; }

        .repo-head h1 { display: flex; align-items: center; flex-wrap: wrap; gap: 4px 8px; font-weight: 450;
          margin-bottom: 12px; overflow-wrap: anywhere; font-size: 1.42rem; }
        .repo-head h1 a { color: inherit; } .repo-head h1 a:first-of-type { color: var(--quiet); }
        .repo-head .icon { width: 22px; height: 22px; color: var(--accent); }
        .slash { color: var(--quiet); margin-inline: 3px; }
        .columns { display: grid; grid-template-columns: minmax(0, 1fr) 340px; gap: 22px; align-items: start; }
        .bar { display: flex; align-items: center; flex-wrap: wrap; gap: 10px 14px; margin-bottom: 14px; }
        .bar > .button { margin-left: auto; }
        .crumbs { overflow-wrap: anywhere; min-width: 0; }
        .menu { position: relative; }
        .menu > summary { list-style: none; cursor: pointer; font-size: .9rem; border: 1px solid var(--line);
          background: var(--card); border-radius: 8px; padding: 5px 12px; }
        .menu > summary::-webkit-details-marker { display: none; }
        .menu > summary::after { content: "▾"; margin-left: 8px; color: var(--quiet); }
        .menu > ul { position: absolute; z-index: 1; top: calc(100% + 4px); min-width: 240px; max-width: 80vw;
          max-height: 60vh; overflow: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          box-shadow: 0 8px 30px rgb(0 0 0 / 18%); padding: 12px 16px; font-size: .92rem; }
        .menu ul { list-style: none; margin: 0; padding: 0; } .menu ul ul { margin: 4px 0 10px; }
        .menu li li a { display: block; padding: 3px 0; overflow-wrap: anywhere; }
        .menu [aria-current] { font-weight: 650; }

        .facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 7px 18px; margin: 0; font-size: .93rem; }
        .facts dt { color: var(--quiet); } .facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
        .facts.row { padding: 14px 22px; } .facts.row dd { text-align: left; }
        details .facts { margin-top: 10px; } .tags + details { margin-top: 14px; } details .facts dd { text-align: left; }
        .hash { overflow-wrap: anywhere; font-size: .82em; }
        .tags { list-style: none; margin: 14px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 6px; }
        .tags li { font-size: .82rem; background: var(--soft); border-radius: 6px; padding: 2px 9px; overflow-wrap: anywhere; }
        .commands { margin: 0; } .commands dt { font-size: .82rem; font-weight: 600; color: var(--quiet); margin: 10px 0 4px; }
        .commands dt:first-child { margin-top: 0; } .commands dd { margin: 0; }
        .line { background: var(--soft); border-radius: 8px; padding: 8px 12px; overflow-x: auto; white-space: pre;
          font-size: .88rem; }
        .commands .line { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
        .line code { user-select: all; -webkit-user-select: all; }
        .meter, .strip { display: block; width: 100%; height: 12px; border-radius: 6px; margin: 6px 0 12px; }
        .strip { height: 28px; }
        .track { fill: var(--soft); } .stored { fill: var(--accent); } .shared { fill: var(--amber); }
        .other { fill: var(--plum); } .packed { fill: var(--packed); }
        .legend { list-style: none; margin: 0; padding: 0; font-size: .92rem; display: flex; flex-wrap: wrap; gap: 4px 22px; }
        .legend li { display: flex; gap: 7px; align-items: baseline; } .swatch { width: 10px; height: 10px; flex: none; }
        aside .legend { display: grid; } aside .legend span:first-of-type { flex: 1; }
        .small { font-size: .86rem; }

        table { width: 100%; border-collapse: collapse; font-size: .93rem; }
        caption { text-align: left; font-weight: 600; padding: 12px 22px 6px; }
        th { text-align: left; font-weight: 550; font-size: .8rem; color: var(--quiet); }
        th, td { padding: 8px 10px; border-top: 1px solid var(--line); vertical-align: baseline; }
        th:first-child, td:first-child { padding-left: 22px; } th:last-child, td:last-child { padding-right: 22px; }
        .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .scroll { overflow-x: auto; }
        .files { table-layout: fixed; } .files thead { display: none; }
        .files tr:hover td { background: var(--soft); }
        .files td { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
        .files .name { white-space: normal; overflow-wrap: anywhere; } .files .name a { color: var(--ink); margin-right: 8px; }
        .files td.name { padding-left: 47px; text-indent: -25px; }
        .files .icon { margin-right: 9px; } .files .message a, .files .when { color: var(--quiet); font-size: .88rem; }
        .files td:nth-child(1) { width: auto; } .files td:nth-child(2) { width: 92px; }
        .files td:nth-child(3) { width: 30%; } .files td:nth-child(4) { width: 142px; }
        .files .get, .files td:nth-child(5) { width: 58px; text-align: right; }
        .get a { padding: 4px; } .get .icon { margin: 0; } .get a:hover .icon { color: var(--accent); }
        .commit-line { display: flex; align-items: baseline; gap: 6px 12px; padding: 11px 22px; font-size: .92rem; min-width: 0; }
        .commit-line .author { font-weight: 620; white-space: nowrap; }
        .commit-line .message { color: var(--ink); flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis;
          white-space: nowrap; }
        .commit-line time, .commit-line .id { white-space: nowrap; font-size: .86rem; }
        .flush > .commit-line { background: var(--soft); }
        .history { list-style: none; padding: 0; } .history li + li { border-top: 1px solid var(--line); }
        pre.message { white-space: pre-wrap; font-family: inherit; font-size: .95rem; margin: 10px 0; overflow-wrap: anywhere; }
        .commit-title { font-size: 1.2rem; }
        .change h3 { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; padding: 11px 18px; font-size: .93rem;
          overflow-wrap: anywhere; }
        .change h3 .quiet { font-weight: 400; } .sign { font-family: var(--mono); width: 1ch; color: var(--quiet); }
        .added .sign, .plus { color: var(--plus); } .removed .sign, .minus { color: var(--minus); }
        .diff, .source { overflow-x: auto; padding: 10px 0; font-size: .92rem; line-height: 1.5; tab-size: 4; }
        .diff { border-top: 1px solid var(--line); }
        .diff code, .source code { display: block; width: max-content; min-width: 100%; }
        .diff span, .diff ins, .diff del { display: block; text-decoration: none; padding-inline: 18px; }
        .diff ins { background: var(--plus-bg); color: var(--plus); } .diff del { background: var(--minus-bg); color: var(--minus); }
        .diff .gap { color: var(--quiet); }
        .source code { padding-inline: 22px; }
        .numbered code { counter-reset: line; padding-inline: 0 22px; }
        .numbered span { display: block; } .numbered span:target { background: var(--soft); }
        .numbered span::before { counter-increment: line; content: counter(line); display: inline-block; width: 4.5em;
          padding-right: 1.4em; text-align: right; color: var(--quiet); opacity: .75; user-select: none; }
        .picture { text-align: center; } .picture img { max-width: 100%; height: auto; border-radius: 6px; }
        details > summary { cursor: pointer; color: var(--quiet); font-size: .92rem; }

        .markdown { padding: 30px 36px; overflow-wrap: break-word; }
        .markdown h1 { font-size: 1.7rem; margin: 0 0 .6em; } .markdown h2 { font-size: 1.28rem; margin: 1.7em 0 .6em;
          padding-bottom: .3em; border-bottom: 1px solid var(--line); }
        .markdown h3 { font-size: 1.08rem; margin: 1.5em 0 .5em; }
        .markdown p, .markdown ul, .markdown ol, .markdown blockquote { margin: .8em 0; } .markdown li { margin: .25em 0; }
        .markdown ul, .markdown ol { padding-left: 1.6em; }
        .markdown li:has(> input[type=checkbox]) { list-style: none; margin-left: -1.5em; }
        .markdown pre { background: var(--soft); border-radius: 8px; padding: 14px 16px; overflow-x: auto; margin: 1em 0; }
        .markdown :not(pre) > code { background: var(--soft); border-radius: 5px; padding: .12em .38em; }
        .markdown table { display: block; overflow-x: auto; width: max-content; max-width: 100%; margin: 1em 0; }
        .markdown th, .markdown td { border: 1px solid var(--line); padding: 6px 13px !important; }
        .markdown th { font-size: inherit; color: inherit; background: var(--soft); }
        .markdown blockquote { margin-inline: 0; padding: .1em 1.1em; border-left: 3px solid var(--line); color: var(--quiet); }
        .markdown img { max-width: 100%; height: auto; } .markdown hr { border: 0; border-top: 1px solid var(--line); margin: 2em 0; }
        .markdown > :first-child { margin-top: 0; }
        .markdown a { text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent);
          text-underline-offset: .18em; }

        @media (max-width: 900px) { .columns { grid-template-columns: minmax(0, 1fr); } }
        @media (max-width: 680px) {
          .wide { padding-inline: 16px; }
          .top nav { order: 3; width: 100%; } .search { order: 4; max-width: none; flex-basis: 100%; }
          .top .button, .me { margin-left: auto; }
          .wide-only { display: none; } .markdown { padding: 20px 18px; } .card { border-radius: 10px; }
          .files td.name { padding-left: 41px; } .files td:nth-child(2) { width: 84px; } .facts.row { grid-template-columns: minmax(0, 1fr); gap: 2px; }
          .facts.row dd { margin-bottom: 8px; }
          th:first-child, td:first-child { padding-left: 16px; } th:last-child, td:last-child { padding-right: 12px; }
          .commit-line { flex-wrap: wrap; padding-inline: 16px; } .commit-line .message { flex-basis: 100%; order: 3;
            white-space: normal; overflow-wrap: anywhere; }
          .markdown th, .markdown td { min-width: 6.5em; }
          .commit-line time { margin-left: auto; }
        }
        @media print { .top, footer, .menu, .button { display: none; } body { background: #fff; } }

        """
}
