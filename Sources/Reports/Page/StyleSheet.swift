/// The style of both pages: light, dark and printed, from nothing but what a browser has itself.
struct StyleSheet: Sendable {
    let text: String

    /// The fingerprint by which a content security policy allows it.
    let digest: String

    private init(_ text: String) {
        self.text = text
        digest = Fingerprint.base64(of: text)
    }

    static let page = StyleSheet(
        """
        :root{color-scheme:light dark;\(Palette.light.properties)}
        @media (prefers-color-scheme:dark){:root{\(Palette.dark.properties)}}
        @media print{:root{color-scheme:light;\(Palette.light.properties)}}
        \(rules)
        \(printed)
        """)

    private static let rules = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--paper);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",\
        Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
        header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.5rem}
        header{padding-top:2.25rem}
        h1,h2,h3,h4,p,ul,dl,dd{margin:0}
        h1{font-size:1.25rem;line-height:1.45;font-weight:400;max-width:46rem;color:var(--muted);text-wrap:pretty}
        h1 b{display:block;font-size:2.1rem;line-height:1.2;letter-spacing:-.02em;font-weight:650;color:var(--text);\
        margin-bottom:.4rem}
        h2{font-size:1.15rem;line-height:1.3;font-weight:650}
        h3{font-size:1.05rem;font-weight:650}
        h4{font-size:1rem;font-weight:600}
        a{color:var(--link);text-underline-offset:.15em}
        :focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
        code,.l th i,.l tbody th{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
        .skip{position:absolute;left:-99rem}
        .skip:focus{left:1rem;top:1rem;background:var(--surface);padding:.5rem .75rem}
        .over,.facts{font-size:.875rem;color:var(--muted)}
        .over{margin-bottom:.9rem}
        .facts{margin:.9rem 0 0}
        .note{background:var(--notice);border-left:4px solid var(--edge);border-radius:6px;padding:.9rem 1.1rem;\
        margin-top:1.25rem;max-width:60rem}
        .note h2:before{content:"!";display:inline-block;width:1.35em;text-align:center;margin-right:.5em;\
        border-radius:50%;background:var(--edge);color:var(--notice);font-weight:800;font-size:.85em;line-height:1.35em}
        .note p{margin-top:.3rem}
        .two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1.25rem;\
        margin-top:1.75rem;align-items:start}
        .card{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.25rem 1.2rem}
        .card h2{margin-bottom:.75rem}
        .wide{margin-top:1.25rem}
        .back{--c:var(--back)}.customer{--c:var(--customer)}.engineer{--c:var(--engineer)}.mono{--c:var(--mono)}
        .bank{--c:var(--bank)}.nobody{--c:var(--nobody)}
        svg{overflow:visible;vertical-align:middle}
        svg .back,svg .customer,svg .engineer,svg .mono,svg .bank,svg .nobody{fill:var(--c)}
        .bar{display:block;width:100%;height:14px}
        .bar rect{stroke:var(--surface);stroke-width:1}
        .chart .p{padding-left:1rem;width:100%}
        .banks .p{width:24%}
        .tick{fill:none;stroke:var(--c);stroke-width:2;margin-right:.6rem}
        .stack{height:26px;margin-bottom:.9rem}
        table{border-collapse:collapse;width:100%;text-align:left}
        th{font-weight:400}
        caption{text-align:left}
        .hid{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .n{text-align:right;white-space:nowrap}
        .chart td,.chart th{padding:.22rem 0;vertical-align:middle}
        .chart th{padding-right:1rem;white-space:nowrap}
        .chart .n{width:3.5rem;font-weight:600}
        .chart thead th{color:var(--muted);font-size:.8rem;padding-bottom:.35rem;font-weight:400}
        .chart thead .n{padding:0 0 0 .9rem}
        .banks th:first-child{max-width:16rem;overflow:hidden;text-overflow:ellipsis}
        .banks td:last-child,.banks th:last-child{padding-left:1.25rem;width:44%}
        .banks tbody tr+tr>*{border-top:1px solid var(--line)}
        .banks tbody td,.banks tbody th{padding-block:.45rem}
        .sum{display:grid;grid-template-columns:repeat(4,1fr);gap:.5rem 1rem;margin-bottom:.75rem}
        .sum div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
        .sum dd{font-size:1.7rem;line-height:1.2;font-weight:650;letter-spacing:-.01em}
        .sum dt,.small{color:var(--muted);font-size:.85rem}
        .small+.small{margin-top:.35rem}
        .key{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;font-size:.85rem;\
        color:var(--muted)}
        .key svg{width:.75rem;height:.75rem;margin-right:.4rem;vertical-align:-.05rem}
        .key+table,.key+.small{margin-top:.9rem}
        .card>.small:last-child,table+.small{margin-top:.75rem}
        details{border-top:1px solid var(--line);padding-top:.6rem}
        summary{cursor:pointer;color:var(--link)}
        .runs td,.runs th{vertical-align:top;font-size:.9rem;padding:.6rem .9rem .6rem 0}
        .runs tbody tr+tr>*{border-top:1px solid var(--line)}
        .runs i{display:block;font-style:normal;font-size:.82rem;color:var(--muted)}
        .runs .p{width:18%;min-width:6rem}.runs .n{width:auto}.runs thead th,.runs thead .n{padding:0 .9rem .2rem 0;vertical-align:bottom}
        .trend svg{width:100%;min-width:34rem;height:auto;font-size:10.5px}
        .trend text{fill:var(--muted)}
        .trend path{stroke:var(--line)}
        .trend rect{stroke:var(--surface);stroke-width:.6}
        .calls{fill:var(--muted)}
        .out{fill:none;stroke:var(--nobody)!important;stroke-dasharray:2}
        #how{margin-top:.4rem}
        #list{margin-top:2.5rem}
        nav{margin-top:1.1rem;display:flex;flex-wrap:wrap;gap:.5rem}
        nav a{text-decoration:none;color:inherit;background:var(--surface);border:1px solid var(--line);\
        border-left:4px solid var(--c);border-radius:6px;padding:.3rem .8rem}
        nav a:hover{text-decoration:underline}
        #f{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:.6rem .9rem;align-items:center;\
        background:var(--paper);padding:.75rem 0;margin-top:.5rem;border-bottom:1px solid var(--line)}
        #f[hidden],[hidden]{display:none}
        input,select,button{font:inherit;color:inherit}
        #q{flex:1 1 16rem;min-width:0}
        #q,select{background:var(--surface);border:1px solid var(--nobody);border-radius:7px;padding:.45rem .7rem}
        select{max-width:14rem}
        ::placeholder{color:var(--muted);opacity:1}
        .owner{margin-top:2rem}
        .owner>h3{display:flex;align-items:center;gap:.6rem;font-size:1.25rem;scroll-margin-top:5rem}
        .owner>h3:before{content:"";width:.7rem;height:.7rem;border-radius:2px;background:var(--c)}
        .g{background:var(--surface);border:1px solid var(--line);border-top:3px solid var(--c);border-radius:8px;\
        margin-top:.9rem;overflow:hidden;content-visibility:auto;contain-intrinsic-size:auto 40rem}
        .g>div{padding:.9rem 1.1rem .8rem;background:var(--surface)}
        .g h4 span{color:var(--muted);font-weight:400}
        .g dl{display:grid;grid-template-columns:auto 1fr;gap:.15rem .9rem;margin-top:.45rem;max-width:56rem}
        .g dt{color:var(--muted)}
        .g dd+dt+dd{font-weight:600}
        .l{table-layout:fixed;font-size:.875rem}
        .l thead th{color:var(--muted);font-size:.8rem;padding-block:.3rem;background:var(--raised);\
        border-block:1px solid var(--line)}
        .l th,.l td{padding:.4rem 0 .4rem 1.1rem;vertical-align:top;overflow-wrap:anywhere;unicode-bidi:isolate}
        .l tr>:last-child{padding-right:1.1rem}
        .l tbody tr+tr>*{border-top:1px solid var(--line)}
        .l i{display:block;font-style:normal;color:var(--muted);unicode-bidi:isolate}
        .l tbody th b{font:600 .72rem/1 system-ui,sans-serif;border:1px solid;border-radius:99px;padding:.1em .55em;\
        margin-left:.4em;color:var(--muted);white-space:nowrap}
        .l tbody tr:hover>*{background:var(--raised)}
        .l button{background:none;border:0;padding:0;cursor:pointer;text-decoration:underline dotted}
        .l [aria-sort] button:after{content:" \\2195"}
        .l [aria-sort=ascending] button:after{content:" \\2191"}
        .l [aria-sort=descending] button:after{content:" \\2193"}
        .c1{width:27.5%}.c2{width:15.5%}.c3{width:10.5%}.c4{width:7%}.c5{width:23.5%}
        .t{width:146px;height:16px;margin-right:.6rem}
        .t path{stroke:var(--muted);fill:none;stroke-width:1.4}
        .t use{fill:var(--c)}
        #r{fill:var(--surface);stroke:var(--c);stroke-width:1.6}
        footer{margin-top:3rem;padding-bottom:3rem;color:var(--muted);font-size:.85rem}
        footer p+p{margin-top:.4rem}
        @media (max-width:44rem){
        header,main,footer{padding-inline:1rem}#f{position:static}
        h1 b{font-size:1.6rem}
        .sum{grid-template-columns:repeat(2,1fr)}
        .l .t,.c4,.l td:nth-child(4){display:none}
        .l th,.l td{padding-left:.7rem}.c1{width:34%}.c2{width:18%}.c3{width:19%}.c5{width:auto}
        .g dl{display:block}.g dd+dt{margin-top:.4rem}
        .banks td:last-child,.banks th:last-child{width:52%;white-space:normal;font-size:.82rem;padding-left:.7rem}
        .banks .p,.runs .p,.runs td i{display:none}
        .banks th:first-child,.runs th{white-space:normal}
        .banks th,.banks .n,.runs td,.runs th,.runs .n{padding-right:.35rem}
        .banks .n,.runs .n{width:auto;font-size:.82rem}
        .runs td{font-size:.85rem}
        .trend{overflow-x:auto}
        }
        """

    private static let printed = """
        @media print{
        html{font-size:10.5px}
        body{font-size:8.5pt;line-height:1.35;background:none}
        header{padding-top:0}
        header,main,footer{max-width:none;padding-inline:0}
        h1 b{font-size:18pt}
        #f,.skip,nav{display:none!important}
        .card,.g{border-radius:0;break-inside:auto;content-visibility:visible}
        .card,.note{break-inside:avoid}
        .wide{break-inside:auto}
        details::details-content{content-visibility:visible;display:block}
        .g>div,h3{break-after:avoid}
        .l tr{break-inside:avoid}
        .l th,.l td{padding-block:.2rem}
        svg,.note,.owner>h3:before{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        a{color:inherit}
        }
        """
}
