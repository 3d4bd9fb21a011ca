/**
 * The style of all pages, plain CSS. Light and dark by the reader's own setting, from 360 px on; every pair of colours has a contrast of
 * 4.5 : 1 or more.
 */
export const STYLE = `:root{color-scheme:light dark;--ink:#1b1d21;--soft:#555a63;--paper:#fff;--raised:#f5f6f8;--line:#c9ccd3;--accent:#0b57d0;--on-accent:#fff;--good:#176b35;--warn:#8a4b00;--bad:#a8201a;--bar:#3b74d6;--bar-past:#6d7482}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#aab0bb;--paper:#15171a;--raised:#1f2226;--line:#454a53;--accent:#8ab4f8;--on-accent:#10233f;--good:#7fd49b;--warn:#f0b869;--bad:#f5958f;--bar:#8ab4f8;--bar-past:#8d95a3}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);background:var(--paper)}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.15rem}
.skip{position:absolute;left:-100vw}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem 1rem;z-index:1}
header.top{border-bottom:1px solid var(--line);background:var(--raised)}
header.top>div,main,footer{max-width:70rem;margin:0 auto;padding:0 1rem}
header.top>div{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;align-items:center;padding-top:.6rem;padding-bottom:.6rem}
header.top .name{font-weight:650;text-decoration:none;color:var(--ink);padding:.35rem 0}
nav ul{display:flex;flex-wrap:wrap;gap:.1rem .9rem;list-style:none;margin:0;padding:0}
nav a{display:inline-block;padding:.35rem 0;text-decoration:none;color:var(--ink)}
nav a:hover{text-decoration:underline}nav a[aria-current]{color:var(--accent);text-decoration:underline;text-underline-offset:.3rem}
.top form{margin:0 0 0 auto}.top form button{min-height:2.25rem;padding:.25rem .8rem}
main{padding-top:1.25rem;padding-bottom:3rem}
main.narrow{max-width:30rem}
footer{color:var(--soft);font-size:.875rem;padding-bottom:2rem}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem;text-wrap:balance}h2{font-size:1.2rem;line-height:1.3;margin:2rem 0 .6rem}h3{font-size:1rem;margin:1.25rem 0 .4rem}
p,ul,ol,dl{margin:.6rem 0}h1,h2,h3,p,li,label,legend,summary{overflow-wrap:anywhere}p,li{max-width:46rem}
.soft,small{color:var(--soft)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem;margin:1rem 0;padding:0;list-style:none}
.card{border:1px solid var(--line);border-radius:.5rem;padding:.75rem .9rem;background:var(--raised)}
.card h3,.card h2{margin:0 0 .25rem;font-size:.9rem;font-weight:500;color:var(--soft)}
.figure{font-size:1.45rem;font-weight:600;font-variant-numeric:tabular-nums}
.notice{border-left:.3rem solid var(--accent);background:var(--raised);padding:.7rem 1rem;margin:1rem 0;border-radius:.25rem}
.notice.bad{border-color:var(--bad);color:inherit}.notice.good{border-color:var(--good);color:inherit}.notice.warn{border-color:var(--warn);color:inherit}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%;font-size:.95rem}
caption{text-align:left;color:var(--soft);padding-bottom:.4rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;white-space:nowrap}td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.9em;overflow-wrap:anywhere}
pre{white-space:pre-wrap;background:var(--raised);border:1px solid var(--line);border-radius:.4rem;padding:.75rem}
ol.gates{list-style:none;padding:0;margin:1rem 0}
ol.gates li{display:grid;grid-template-columns:1.75rem 1fr;gap:.25rem .5rem;padding:.55rem 0;border-bottom:1px solid var(--line)}
dl.facts{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.35rem 1.25rem}dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}
@media (max-width:34rem){dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:.6rem}}
form.stack{display:grid;gap:.9rem;max-width:30rem}
fieldset{border:1px solid var(--line);border-radius:.4rem;padding:.5rem 1rem 1rem;margin:0}legend{font-weight:600;padding:0 .35rem}
label{display:block;font-weight:550;margin-bottom:.25rem}label.choice{font-weight:400;display:flex;gap:.6rem;align-items:baseline;margin:.35rem 0}
input,select,textarea{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:.35rem;padding:.55rem .65rem;width:100%;min-height:2.75rem}
input[type=checkbox],input[type=radio]{width:1.15rem;height:1.15rem;min-height:0;flex:none;accent-color:var(--accent)}input[type=file]{padding:.45rem}
textarea{min-height:7rem}
.hint{color:var(--soft);font-size:.9rem;margin:.2rem 0 0}.fault{color:var(--bad);font-size:.9rem;margin:.2rem 0 0;font-weight:550}
[aria-invalid=true]{border-color:var(--bad);border-width:2px}
button,.button{font:inherit;font-weight:550;min-height:2.75rem;padding:.5rem 1.1rem;border-radius:.4rem;border:1px solid var(--accent);background:var(--accent);color:var(--on-accent);cursor:pointer;text-decoration:none;display:inline-block}
button.plain,.button.plain{background:transparent;color:var(--accent)}button.danger{background:transparent;border-color:var(--bad);color:var(--bad)}
.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end}.row>*{flex:0 1 auto}.row .wide{flex:1 1 14rem}
.tag{display:inline-block;border:1px solid currentColor;border-radius:1rem;padding:0 .55rem;font-size:.8rem;white-space:nowrap}
.chart{width:100%;height:auto;max-width:46rem;display:block}.chart text{fill:var(--soft);font-size:11px}.chart .bar{fill:var(--bar)}.chart .past{fill:var(--bar-past)}.chart line{stroke:var(--line)}
.qr{max-width:14rem;background:#fff;padding:.5rem}.qr path{fill:#000}
details{margin:.6rem 0}summary{cursor:pointer;padding:.3rem 0}
progress{width:100%;height:1rem}.live>:not(:last-child){display:none}
@media (prefers-reduced-motion:no-preference){a,button{transition:none}}
@media print{header.top,footer,form{display:none}}`;
