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
        .error { color: #c22; }
        footer { color: #888; }

        """
}
#endif
