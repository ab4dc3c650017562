"""The law browser: every rule, with its source and how sure it is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from spillkit.law.rule import Status
from spillkit_server.deciding import books
from spillkit_server.refusals import refused


@require_safe
def law(request: HttpRequest) -> HttpResponse:
    """Show every book."""
    known = books()
    lines = [
        (book, sum(rule.source.status is not Status.CONFIRMED for rule in book.rule))
        for book in known.jurisdictions.values()
    ]
    return render(request, "law.html", {"books": lines, "rule_count": len(known.rules), "digest": known.digest})


@require_safe
def law_book(request: HttpRequest, code: str) -> HttpResponse:
    """Show the rules of one jurisdiction."""
    book = books().jurisdictions.get(code)
    return render(request, "law_book.html", {"book": book}) if book is not None else refused(request, 404)
