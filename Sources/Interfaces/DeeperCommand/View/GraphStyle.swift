#if CommandLine
/// The look of a drawn graph, in light and dark colours.
enum GraphStyle {
    static let sheet = """
        text{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#1f2328}
        .title{font-weight:bold;fill:#fff}
        .page{fill:#fff}.box{fill:#f6f8fa;stroke:#c8ccd1}.edge{fill:none;stroke:#8b929a;stroke-width:1.4}
        .product{fill:#3867a8}.pool{fill:#2f7d4f}.norm{fill:#8a6d1f}.activation{fill:#a33d3d}
        .movement{fill:#6b5a8e}.quantize{fill:#0f7c83}.port{fill:#444c56}.other{fill:#5f6670}
        @media(prefers-color-scheme:dark){
        text{fill:#dfe3e8}.title{fill:#fff}.page{fill:#14171b}.box{fill:#1f242b;stroke:#3b434d}.edge{stroke:#7d8792}}
        """

    /// A page around a drawing, which scrolls and is as wide as its window on demand.
    static func page(title: String, svg: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <title>\(SVG.escaped(title))</title>
        <style>
        body{margin:0;font:14px system-ui,sans-serif;background:#fff;color:#1f2328}
        header{position:sticky;top:0;padding:8px 16px;background:#f6f8fa;border-bottom:1px solid #c8ccd1}
        main{overflow:auto}
        #fit:checked~main svg{width:100%;height:auto}
        @media(prefers-color-scheme:dark){body{background:#14171b;color:#dfe3e8}
        header{background:#1f242b;border-color:#3b434d}}
        </style></head><body><input type="checkbox" id="fit" hidden>
        <header>\(SVG.escaped(title)) · <label for="fit"><u>fit the width</u></label></header>
        <main>
        \(svg)</main></body></html>

        """
    }
}
#endif
