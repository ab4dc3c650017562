"""One table of the rules file, with the line each of its keys stands on.

In:    values as `tomllib` gives them, lines as `toml_lines` finds them.
Out:   values of the wanted type, or a RulesError that names the line.
Else:  what the keys mean is `rules_file`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spillkit.entitlement.toml_lines import Place
from spillkit.errors import RulesError


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the file: the whole file, [name], or one of [[name]]."""

    file: str
    name: str  # "" for the file itself
    occurrence: int
    values: Mapping[str, Any]
    lines: Mapping[Place, int]

    @classmethod
    def of_file(cls, tree: Mapping[str, Any], file: str, lines: Mapping[Place, int]) -> Section:
        """Return the file itself as a section."""
        return cls(file, "", 0, tree, lines)

    def line(self, key: str) -> int:
        """Return the line of a key, else of the section's header."""
        return self.lines.get((self.name, self.occurrence, key)) or self.lines.get((self.name, self.occurrence, ""), 1)

    def error(self, key: str, problem: str) -> RulesError:
        """Return the error for a key: where, what, and what to write."""
        return RulesError(f"{self.file} line {self.line(key)}: {key} {problem}")

    def sections(self, name: str) -> list[Section]:
        """Return all [[name]] below this one, in order."""
        found = self.values.get(name, [])
        if not isinstance(found, list) or not all(isinstance(values, dict) for values in found):
            line = self.lines.get((name, 0, ""), self.line(name))
            raise RulesError(f"{self.file} line {line}: {name} must be written with two brackets: [[{name}]]")
        return [Section(self.file, name, number, values, self.lines) for number, values in enumerate(found)]

    def section(self, name: str) -> Section | None:
        """Return [name] below this one, or None."""
        if name not in self.values:
            return None
        if not isinstance(self.values[name], dict):
            line = self.lines.get((name, 0, ""), self.line(name))
            raise RulesError(f"{self.file} line {line}: {name} must be written once, with one bracket: [{name}]")
        return Section(self.file, name, 0, self.values[name], self.lines)

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Raise RulesError for the first key that is not known, with the nearest that is."""
        for key in self.values:
            if key in known:
                continue
            near = difflib.get_close_matches(key, known, 1)
            hint = f"Do you mean {near[0]}?" if near else f"Known here: {', '.join(sorted(known))}."
            where = self.lines.get((key, 0, "")) if self.name == "" else None
            line = where or self.line(key)
            raise RulesError(f"{self.file} line {line}: there is no key {key!r} in {self._title}. {hint}")

    def text(self, key: str) -> str:
        """Return a text, "" if it is not there."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, f'must be text in quotes: {key} = "…"')
        return value.strip()

    def texts(self, key: str) -> Sequence[str]:
        """Return a list of texts; one text alone is a list of one; none if it is not there."""
        value = self.values.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(text, str) and text.strip() for text in found):
            raise self.error(key, f'must be a list of texts in quotes: {key} = ["…"]')
        return [text.strip() for text in found]

    def flag(self, key: str) -> bool:
        """Return true or false; false if it is not there."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, without quotes: {key} = true")
        return value

    def choice(self, key: str, choices: Sequence[str], default: str | None) -> str:
        """Return one of a few words; the default, or RulesError if there is none."""
        value = self.text(key) or default
        if value is None or value not in choices:
            problem = "is missing" if value is None else "is none of the known words"
            raise self.error(key, f"{problem}. Write one of: {', '.join(choices)}")
        return value

    @property
    def _title(self) -> str:
        return f"[{self.name}]" if self.name else "this file"
