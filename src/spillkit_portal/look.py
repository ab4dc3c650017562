"""How the portal's pages look: one style sheet inside each page, nothing from outside.

In:    nothing.
Out:   STYLE, and the policy under which a browser takes this style sheet and nothing else.
Else:  what the pages say is `pages`.
"""

from __future__ import annotations

import base64
import hashlib

# Contrast of text on its ground is 7 : 1 or more in both schemes (WCAG 2.2, 1.4.6); of what can be used, 3 : 1 (1.4.11).
STYLE = """
:root{color-scheme:light dark;
--ground:#fff;--text:#1b1b1b;--quiet:#484848;--line:#767676;--shown:#f1f1ec;--link:#0b3d91;
--yes:#0a5c2b;--no:#8a1212;--on:#fff}
@media (prefers-color-scheme:dark){:root{
--ground:#16181c;--text:#f0f0f0;--quiet:#c4c4c4;--line:#8f959e;--shown:#262a30;--link:#a9c7ff;
--yes:#7fdca0;--no:#ffb0a8;--on:#16181c}}
*{box-sizing:border-box}
html{font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;background:var(--ground);color:var(--text)}
body{margin:0 auto;padding:0 16px 32px;max-width:44rem;overflow-wrap:anywhere}
a{color:var(--link)}
a:focus-visible,input:focus-visible,button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;inset-inline-start:-200vw}
.skip:focus{position:static}
.brand{font-weight:bold;margin:16px 0 4px}
nav ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:0 20px}
nav a,.doors a{display:inline-block;padding:6px 0}
nav a[aria-current]{color:var(--text);font-weight:bold;text-decoration:none}
header{border-bottom:1px solid var(--line);padding-bottom:4px}
h1{font-size:1.6rem;line-height:1.25;margin:24px 0 12px}
h2{font-size:1.2rem;line-height:1.3;margin:28px 0 4px}
p{margin:6px 0 12px}
.doors{list-style:none;padding:0}
.doors a{font-size:1.2rem;display:block;border:1px solid var(--line);border-radius:8px;padding:12px 16px;margin:0 0 12px}
label{display:block;font-weight:bold;margin:20px 0 4px}
input{font:inherit;border:2px solid var(--line);
font-size:1.25rem;width:100%;max-width:28rem;padding:10px 12px;border-radius:8px;background:var(--ground);color:var(--text)}
button{font:inherit;color:var(--on);cursor:pointer;
font-weight:bold;display:block;margin:16px 0;padding:12px 24px;border:0;border-radius:8px;background:var(--link)}
.quiet{color:var(--quiet)}
.box{background:var(--shown);
border:2px solid var(--line);border-inline-start-width:10px;border-radius:8px;padding:4px 16px;margin:20px 0}
.yes{border-color:var(--yes)}.no{border-color:var(--no)}
.box h1,.box h2{margin:8px 0}
.yes h1{color:var(--yes)}.no h1,.no h2{color:var(--no)}
li{margin:0 0 6px}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;vertical-align:top;border-bottom:1px solid var(--line);padding-block:6px;padding-inline:0 8px}
code{font-family:ui-monospace,monospace;font-size:.9em}
footer{border-top:1px solid var(--line);margin-top:36px;padding-top:12px}
@media (max-width:34rem){thead{position:absolute;clip-path:inset(50%)}
tr,td{display:block}tr{border-bottom:1px solid var(--line);padding:6px 0}td{border:0;padding:2px 0}
td::before{content:attr(data-head) ": ";font-weight:bold}}
@media print{nav,.skip,form{display:none}html{background:#fff;color:#000}}
""".strip()

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
