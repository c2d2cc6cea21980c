"""Strings that break careless programs; each has to come back exactly as it was typed."""

from __future__ import annotations

from typing import Final

NAUGHTY: Final = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>'",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7} <%= 7 %>",
    "Robert'); DROP TABLE systems;--",
    '=HYPERLINK("http://evil.example";"x")',
    "100% _under_ \\back\\ %(name)s %s %d",
    "𠮷野家 髙橋 﨑 ㈱ 🏥👩🏽‍⚕️",
    "か\u3099き\u3099 ｶﾞｷﾞ ＡＢＣ ①",
    "\u202eabc\u202c \u200bzero\u200d \ufeffmark",
    "&amp; &lt; &#39; &nbsp; é é",
    "مرحبا שלום Ω≈ç√∫",
    "null None undefined NaN -1 1e309 true",
    "../../etc/passwd C:\\con|prn",
)
