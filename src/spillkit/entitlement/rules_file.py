"""Read rules.toml: who may see whom.

In:    a TOML file and the tables it names.
Out:   Rules; or a RulesError that names the line and what to write instead.
Else:  the tables' rows are read by `grants`; deciding is `verdict`.

docs/how-to/write-rules.md shows every kind of rule; docs/reference/rules.md lists every key.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from spillkit.entitlement.grants import read_grants
from spillkit.entitlement.routes import RouteGlob
from spillkit.entitlement.rules import (
    ALL_FIELDS,
    DEFAULT_ACCOUNT_ROUTES,
    GRANTS,
    RouteRule,
    Rules,
    TableRule,
)
from spillkit.entitlement.rules_section import Section
from spillkit.entitlement.toml_lines import find_lines
from spillkit.errors import RulesError
from spillkit.model import Field, ViewerKind
from spillkit.scan.viewer_rendered_for import RenderedForRule
from spillkit.scan.viewer_rules import Network, ViewerRule

_TOP_KEYS = frozenset(
    "version infer_viewers account_routes unknown_viewers handed_over_sessions viewers public relations roles rendered_for".split()
)
_KINDS = {kind.value: kind for kind in ViewerKind if kind is not ViewerKind.UNKNOWN}
_KIND_PREFIXES = {kind: f"{kind.value}:" for kind in (ViewerKind.STAFF, ViewerKind.PARTNER, ViewerKind.CRAWLER)}
RESERVED_IDS = frozenset({"self", "none", "viewer-unknown"})
_MIN_SHARED_KEY_BYTES = 16


def read_rules(path: Path, subject_id: Callable[[str], str] = str) -> Rules:
    """Return the rules of a file, with the tables it names read; without the file only oneself may see oneself.

    subject_id  the id under which the directory keeps a customer whom a table names (`Directory.subject_id`)
    Raises  RulesError that names the line, if the file or a table cannot be read or rules contradict each other
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Rules()
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path}: cannot be read. Check its permissions, and save it as UTF-8.") from error
    return parse_rules(text, path.name, path.parent, subject_id)


def parse_rules(
    text: str, name: str = "rules.toml", folder: Path = Path(), subject_id: Callable[[str], str] = str
) -> Rules:
    """Return the rules of a text; tables are looked for from `folder` on. Raises RulesError."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The parser's message holds at most one character of the file, and the place.
        raise RulesError(f"{name}: is not TOML: {error}. docs/how-to/write-rules.md shows the form.") from error
    return _Reader(tree, Section.of_file(tree, name, find_lines(text)), folder, subject_id).read(text)


class _Reader:
    """Goes through the file once, from the top."""

    def __init__(self, tree: Mapping[str, Any], top: Section, folder: Path, subject_id: Callable[[str], str]) -> None:
        self._tree = tree
        self._top = top
        self._folder = folder
        self._subject_id = subject_id
        self._viewers: tuple[ViewerRule, ...] = ()
        self._tables: list[TableRule] = []
        self._grants: list[pa.Table] = []
        self._ids: dict[str, int] = {}

    def read(self, text: str) -> Rules:
        top = self._top
        top.refuse_unknown(_TOP_KEYS)
        if self._tree.get("version") != 1:
            raise top.error("version", "must be the number 1; this Spillkit reads no other. Write: version = 1")
        self._viewers = tuple(self._viewer_rule(section) for section in top.sections("viewers"))
        _refuse_two_kinds(self._viewers, top)
        routes: list[RouteRule] = []
        for section in top.sections("public"):
            routes.append(self._public(section))
        for section in top.sections("roles"):
            if "table" in section.values or "sql" in section.values:
                self._table_rule(section, "role", _need_kind(section))
            else:
                routes.append(self._role(section))
        for section in top.sections("relations"):
            self._table_rule(section, "relation", None)
        _refuse_doubles(routes, top)
        grants = pa.concat_tables(self._grants).combine_chunks() if self._grants else GRANTS.empty_table()
        return Rules(
            routes=tuple(routes),
            tables=tuple(self._tables),
            grants=grants,
            viewers=self._viewers,
            rendered_for=self._rendered_for(),
            infer_viewers=top.flag("infer_viewers"),
            account_routes=_routes(top, "account_routes") or DEFAULT_ACCOUNT_ROUTES,
            correct_viewers=top.choice("handed_over_sessions", ("correct", "trust"), "correct") == "correct",
            unknown_are_possible=top.choice("unknown_viewers", ("count", "possible"), "count") == "possible",
            digest=_digest(text, grants),
        )

    def _id(self, section: Section, kind: str) -> str:
        number = sum(1 for known in self._ids if known.startswith(f"{kind}-")) + 1
        found = section.text("id") or f"{kind}-{number}"
        if found in RESERVED_IDS or found.endswith("-namesake"):
            raise section.error("id", "is a word that Spillkit uses for itself. Choose another id.")
        if not all(character.isalnum() or character in "-_." for character in found):
            raise section.error("id", "may hold letters, digits, - _ and . only.")
        if found in self._ids:
            raise section.error("id", f"is the id of the rule on line {self._ids[found]} too. Ids must differ.")
        self._ids[found] = section.line("id")
        return found

    def _public(self, section: Section) -> RouteRule:
        section.refuse_unknown({"id", "route", "routes", "fields", "reason"})
        routes = _routes(section, "route") + _routes(section, "routes")
        if not routes:
            raise section.error("route", 'is missing. Say where the fields are public: route = "GET /issue*"')
        return RouteRule(
            id=self._id(section, "public"),
            reason=_reason(section),
            fields=_fields(section, required=True),
            routes=routes,
        )

    def _role(self, section: Section) -> RouteRule:
        section.refuse_unknown({"id", "kind", "viewers", "route", "routes", "fields", "reason"})
        kind = _need_kind(section)
        names = section.texts("viewers")
        return RouteRule(
            id=self._id(section, "role"),
            reason=_reason(section),
            fields=_fields(section, required=True),
            routes=_routes(section, "route") + _routes(section, "routes"),
            kind=kind,
            viewers=frozenset(self._viewer_id(name, kind) for name in names) if names else None,
        )

    def _table_rule(self, section: Section, word: str, kind: ViewerKind | None) -> None:
        keys = {"id", "table", "sql", "database", "columns", "fields", "reason", "timezone"}
        section.refuse_unknown(keys | ({"symmetric"} if kind is None else {"kind"}))
        rule = TableRule(self._id(section, word), _reason(section, required=False), kind)
        grants = read_grants(
            section,
            self._folder,
            number=len(self._tables),
            fields=_fields(section, required=False) if "fields" in section.values else None,
            reason=rule.reason,
            viewer_id=lambda name: self._viewer_id(name, kind),
            subject_id=self._subject_id,
        )
        self._tables.append(rule)
        self._grants.append(grants)

    def _viewer_id(self, name: str, kind: ViewerKind | None) -> str:
        """The id under which the ledger has a viewer whom a rule names, as `scan.viewers` makes it."""
        if kind is None:
            kind = next((rule.kind for rule in self._viewers if rule.holds_id(name)), None)
        if kind is None and name.startswith(tuple(_KIND_PREFIXES.values())):
            return name
        if kind in (None, ViewerKind.SUBJECT, ViewerKind.ANONYMOUS):
            return self._subject_id(name)
        return with_prefix(name, _KIND_PREFIXES[kind])

    def _viewer_rule(self, section: Section) -> ViewerRule:
        conditions = {"ids", "prefix", "networks", "user_agents", "mail_domains", "no_cookie"}
        section.refuse_unknown({"id", "kind", "name"} | conditions)
        if not conditions & set(section.values):
            raise section.error("kind", f"needs a condition as well: one of {', '.join(sorted(conditions))}.")
        kind = _need_kind(section)
        rule = ViewerRule(
            id=self._id(section, "viewer"),
            kind=kind,
            name=section.text("name") or kind.value,
            ids=frozenset(section.texts("ids")),
            prefix=section.text("prefix"),
            networks=tuple(_network(section, text) for text in section.texts("networks")),
            user_agents=tuple(section.texts("user_agents")),
            mail_domains=frozenset(domain.lower().lstrip("@") for domain in section.texts("mail_domains")),
            no_cookie=frozenset(section.texts("no_cookie")),
        )
        if rule.no_cookie and kind is not ViewerKind.ANONYMOUS:
            raise section.error("no_cookie", 'tells who is signed out: write kind = "anonymous", or leave it away.')
        if kind is ViewerKind.SUBJECT and (rule.networks or rule.user_agents or rule.mail_domains):
            raise section.error(
                "kind", "a customer cannot be told by network, user agent or mail domain, only by ids or prefix."
            )
        return rule

    def _rendered_for(self) -> RenderedForRule | None:
        section = self._top.section("rendered_for")
        if section is None:
            return None
        section.refuse_unknown({"header", "form", "key_environment", "key_file"})
        header = section.text("header").lower()
        if not header:
            raise section.error("header", 'is missing. Name the header: header = "X-Rendered-For"')
        form = section.choice("form", ("id", "hmac-sha256"), "id")
        named = [key for key in ("key_environment", "key_file") if key in section.values]
        if form == "id":
            if named:
                raise section.error(named[0], 'is for form = "hmac-sha256" only.')
            return RenderedForRule(header)
        if len(named) != 1:
            raise section.error("form", "needs exactly one of key_environment and key_file.")
        return RenderedForRule(header, _shared_key(section, named[0], self._folder))


def with_prefix(viewer: str, prefix: str) -> str:
    """Return the viewer id with the word of its kind before it, once."""
    return viewer if viewer.startswith(prefix) else prefix + viewer


def _need_kind(section: Section) -> ViewerKind:
    return _KINDS[section.choice("kind", tuple(_KINDS), None)]


def _reason(section: Section, *, required: bool = True) -> str:
    reason = section.text("reason")
    if required and not reason:
        raise section.error("reason", 'is missing. Say why, for whoever reads this in a year: reason = "…"')
    return reason


def _fields(section: Section, *, required: bool) -> frozenset[Field]:
    names = section.texts("fields")
    if required and not names:
        raise section.error("fields", 'is missing. Name the fields: fields = ["name"], or ["*"] for all')
    found: set[Field] = set()
    for name in names:
        if name == "*":
            found |= ALL_FIELDS
            continue
        try:
            found.add(Field.of_label(name))
        except ValueError as error:
            raise section.error("fields", str(error)) from error
    return frozenset(found)


def _routes(section: Section, key: str) -> tuple[RouteGlob, ...]:
    try:
        return tuple(RouteGlob.of_text(text) for text in section.texts(key))
    except ValueError as error:
        raise section.error(key, str(error)) from error


def _network(section: Section, text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise section.error(
            "networks", 'holds something that is no network. Write networks = ["10.0.0.0/8"]'
        ) from error


def _shared_key(section: Section, named: str, folder: Path) -> bytes:
    place = section.text(named)
    try:
        text = os.environ[place] if named == "key_environment" else (folder / place).read_text(encoding="utf-8")
        key = bytes.fromhex(text.strip())
    except KeyError as error:
        raise section.error(named, "names an environment variable that is not set.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise section.error(named, "names a file that cannot be read.") from error
    except ValueError as error:
        raise section.error(named, "leads to a key that is not hex digits.") from error
    if len(key) < _MIN_SHARED_KEY_BYTES:
        raise section.error(named, f"leads to a key under {_MIN_SHARED_KEY_BYTES} bytes; take 32 random bytes as hex.")
    return key


def _refuse_two_kinds(viewers: Collection[ViewerRule], top: Section) -> None:
    known: dict[str, tuple[ViewerKind, int]] = {}
    for rule, section in zip(viewers, top.sections("viewers"), strict=True):
        for name in sorted(rule.ids):
            kind, line = known.setdefault(name, (rule.kind, section.line("ids")))
            if kind is not rule.kind:
                raise section.error(
                    "ids", f"holds an id that line {line} gives to {kind.value}. One viewer has one kind."
                )


def _refuse_doubles(rules: Collection[RouteRule], top: Section) -> None:
    known: dict[tuple[object, ...], str] = {}
    sections: Callable[[str], list[Section]] = top.sections
    lines = {section.text("id"): section for word in ("public", "roles") for section in sections(word)}
    for rule in rules:
        for glob in rule.routes:
            for field in sorted(rule.fields):
                same = (glob.text, field, rule.kind, rule.viewers)
                first = known.setdefault(same, rule.id)
                if first != rule.id:
                    section = lines.get(rule.id, top)
                    raise section.error(
                        "route",
                        f"rules {first} and {rule.id} both allow {field.label} on the same route. Keep one of them.",
                    )


def _digest(text: str, grants: pa.Table) -> str:
    digest = hashlib.sha256(text.encode())
    for column in grants.columns:
        for value in column.cast(pa.string()).to_pylist():
            digest.update(b"\0" if value is None else value.encode() + b"\1")
    return digest.hexdigest()[:16]
