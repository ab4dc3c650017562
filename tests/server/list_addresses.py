"""Print every address of the room as the server itself knows it: name, path with sample values, as JSON."""

from __future__ import annotations

import json
import os

import django
from django.urls import URLPattern, get_resolver
from django.urls.exceptions import NoReverseMatch

SAMPLES = {
    "number": 1, "secret": "s", "pk": 1, "key": "k", "uidb36": "u", "provider_id": "company", "rule": "r", "entity": "e",
    "mailing": "2026-11-cache", "tag": "it", "row": 1, "code": "EU", "name": "duties.csv", "what": "time",
    "event": "e", "report": "r", "kind": "csv", "digest": "0" * 64, "task": "t", "user": "u", "proposal": "p",
}  # fmt: skip


def addresses() -> list[dict[str, object]]:
    resolver = get_resolver()
    found = []

    def walk(patterns, names):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                name = ":".join([*names, pattern.name or f"unnamed {pattern.pattern}"])
                given = {key: SAMPLES[key] for key in pattern.pattern.regex.groupindex if key in SAMPLES}
                found.append({"name": name, "path": path_of(name, given)})
            else:
                walk(pattern.url_patterns, [*names, pattern.namespace] if pattern.namespace else names)

    walk(resolver.url_patterns, [])
    return found


def path_of(name: str, given: dict[str, object]) -> str | None:
    from django.urls import reverse

    for keys in (given, SAMPLES):
        try:
            return reverse(name, kwargs=keys)
        except NoReverseMatch:
            continue
    # Arguments may stand in an outer pattern: try them one by one.
    for key, value in SAMPLES.items():
        try:
            return reverse(name, kwargs={key: value, **given})
        except NoReverseMatch:
            continue
    return None


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "spillkit_server.settings"
    django.setup()
    from spillkit_server.permissions import RULES

    rules = {name: [role.value if role else None for role in roles] for name, roles in RULES.items()}
    print(json.dumps({"addresses": addresses(), "rules": rules}))
