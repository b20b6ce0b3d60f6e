"""Texts that were code to somebody once; each must come out as the text it is."""

from __future__ import annotations

PAYLOADS = (
    "{{7*7}}",
    "{% x %}",
    "{# c #}",
    "{{ cycler.__init__.__globals__.os.mkdir(dict(pwned=1)|first) }}",
    "a{{b",
    "<img src=x onerror=alert(1)>",
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "<!--<script>",
    "${alert(1)}",
    "`);window.pwned=1;(`",
    "';window.pwned=1;'",
    '"\\"; window.pwned=1; "',
    "__proto__",
    "line\u2028window.pwned=1\u2029\n\r",
    "javascript:alert(1)&amp;&#x27; map_div drawnItems 𠮷 \ud800",
)
