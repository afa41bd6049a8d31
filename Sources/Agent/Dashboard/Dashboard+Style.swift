extension Dashboard {
    static let style = """
        :root { color-scheme: light dark; --ink: #17212b; --soft: #5b6875; --line: #dbe1e7; --card: #fff; --page: #f3f6f8;
          --hub: #3b7dd8; --peer: #1d9a6c; --disk: #c98a1b; --bad: #c23b3b; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e7edf2; --soft: #9aa8b5; --line: #2c3742; --card: #18212a; --page: #0f161d;
            --hub: #6aa3f0; --peer: #3fc492; --disk: #e0ad4d; --bad: #ef7373; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
        header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; padding: 20px 24px 4px;
          max-width: 1120px; margin: 0 auto; }
        h1 { font-size: 22px; margin: 0; } h2 { font-size: 15px; margin: 0 0 12px; }
        #line { margin: 0; color: var(--soft); } #line.bad { color: var(--bad); }
        main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; padding: 12px 24px 40px;
          max-width: 1120px; margin: 0 auto; }
        main[hidden], form[hidden] { display: none; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; min-width: 0; }
        .wide { grid-column: 1 / -1; }
        @media (max-width: 720px) { main { grid-template-columns: minmax(0, 1fr); padding: 12px; } header { padding: 16px 14px 0; } }
        form, .note { max-width: 520px; margin: 32px auto; display: grid; gap: 10px; padding: 0 16px; }
        input, button { font: inherit; padding: 8px 10px; border-radius: 6px; border: 1px solid var(--line); }
        button { background: var(--hub); color: #fff; border: 0; cursor: pointer; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: currentColor; font-size: 12px; paint-order: stroke; stroke: var(--card); stroke-width: 4px; } svg .soft { fill: var(--soft); }
        .hub { fill: var(--hub); } .peer { fill: var(--peer); } .disk { fill: var(--disk); } .base { fill: var(--line); }
        .wire { stroke: var(--line); stroke-width: 1.5; } .wire.live { stroke: var(--peer); stroke-width: 3; }
        .node { fill: var(--card); stroke: var(--peer); stroke-width: 2; } .self { fill: var(--hub); }
        dl { display: grid; grid-template-columns: 1fr auto; gap: 4px 12px; margin: 14px 0 0; }
        dt { color: var(--soft); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
        .dot { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
        .dot.hub { background: var(--hub); } .dot.peer { background: var(--peer); } .dot.disk { background: var(--disk); }
        table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; color: var(--soft); }
        th, td { padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); } tr:last-child td { border-bottom: 0; }
        .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td.name { overflow-wrap: anywhere; min-width: 180px; } .empty { color: var(--soft); margin: 0; }
        .bar { height: 8px; } .state-failed, .state-cancelled { color: var(--bad); }
        .scroll { overflow-x: auto; } .small { font-size: 13px; } #torrent-line { margin-bottom: 12px; }
        .tag { margin-left: 8px; padding: 1px 6px; border: 1px solid var(--line); border-radius: 6px; color: var(--soft); font-size: 12px; }

        """
}
