#if Server
extension StatusPage {
    static let style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
        body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
        header { display: flex; align-items: baseline; gap: 1rem; }
        h1 { margin: 0; }
        table { width: 100%; border-collapse: collapse; }
        caption { text-align: left; font-weight: 600; padding: .5rem 0; }
        th, td { text-align: right; padding: .25rem .75rem; border-bottom: 1px solid #8884; }
        th:nth-child(-n+3), td:nth-child(-n+3) { text-align: left; }
        td { font-variant-numeric: tabular-nums; }
        svg { width: 8rem; height: 1.5rem; vertical-align: middle; }
        polyline { fill: none; stroke: #36c; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
        #drop { margin: 2rem 0; padding: 1rem; border: 2px dashed #888; border-radius: .5rem; }
        #drop.over { border-color: #36c; background: #36c2; }
        #file { position: absolute; opacity: 0; width: 1px; }
        .button { text-decoration: underline; cursor: pointer; }
        figure { display: flex; gap: 1rem; margin: 0; }
        figure img { max-width: 16rem; max-height: 16rem; }
        ol { margin: 0; }
        footer { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 2rem 0; }
        .error { color: light-dark(#b3261e, #ff8a80); overflow-wrap: anywhere; }
        /* On narrow screens every row is a card, and every cell names its column. */
        @media (max-width: 60rem) {
          body { margin: 1rem auto; }
          thead { display: none; }
          table, caption, tbody, tr { display: block; }
          tr { border: 1px solid #8888; border-radius: .5rem; margin-bottom: .75rem; }
          td, td:nth-child(-n+3) { display: flex; justify-content: space-between; gap: 1rem; text-align: right; }
          td { overflow-wrap: anywhere; }
          td:last-child { border-bottom: none; }
          td::before { content: attr(data-label); font-weight: 600; text-align: left; }
          figure { flex-direction: column; }
          figure img { max-width: 100%; }
          select, input { max-width: 100%; }
        }

        """
}
#endif
