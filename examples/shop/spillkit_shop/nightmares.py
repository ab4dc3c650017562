"""Names that break things: hostile ones, and honest ones that look like something else.

In:    nothing.
Out:   AWKWARD_NAMES and the catalogue's product that is called like a customer.
Else:  families, gifts and shared mailboxes are drawn in `customers`.
"""

from __future__ import annotations

PRODUCT_NAMESAKE = "Nova Lumen"  # a lamp in the catalogue, and a customer

AWKWARD_NAMES = (
    # Names that are words elsewhere: brands, products, parts of sentences, values of programs.
    "Can Be",
    "De La",
    PRODUCT_NAMESAKE,
    "Null Null",
    "True Story",
    "May Day",
    # One letter, or nearly none.
    "X",
    "O Y",
    "E. E.",
    # Code in the languages that a name passes through: HTML, SQL, templates, formats, shells, spreadsheets, mail headers.
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(2)'>",
    "Robert'); DROP TABLE customers;--",
    "{{ 7 * 7 }} {% raw %}",
    "${7*7} <%= 7 %> #{7}",
    "%s%n%x %d",
    "$(reboot) `id` | cat",
    '=HYPERLINK("http://example.com/","Refund")',
    "@SUM(1+1)*cmd",
    "+49-2+3",
    "Eve Example\r\nBcc: everybody@example.org",
    "</body></html> End",
    "&amp; &lt;b&gt; &#39;",
    # What terminals, bidirectional text and composed letters make of a name.
    "\x1b[31mRed Alert\x1b[0m",
    "\u202etxt.exe\u202c Lou",
    "A\u0301ngela Nu\u0303ez",
    "Zoë 🎉 Party",
    "Ze\u200dro Wi\u200bdth",
    "İpek Iğdır",
    # Long ones.
    "Maximiliana " + "von und zu " * 14 + "Hohenberg-Lichtenstein-Sonnenthal",
)
