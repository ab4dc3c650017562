"""Name the authority to which a person may complain.

In:    the country where he lives, the books of law.
Out:   an id, which stands in `Told.authority`, and the names behind it.
Else:  which authority the company tells is `law.competence`: there it is the seat of the company that decides.

A person may complain where he lives (GDPR Art. 77(1)). In the EEA that is the table `eea` of authorities.toml, "eea/IT". Elsewhere
it is the authority that his country's own law names, by the rule that names it: "rule/gb-ukgdpr-33". Where its rules name several,
or none, or the country alone does not tell (the states of the US), there is no id, and a notice says nothing rather than something
wrong.
"""

from __future__ import annotations

from datetime import date

from spillkit.law.books import Books
from spillkit.law.places import place
from spillkit.law.rule import DutyKind, Rule

# Countries whose residents have no general data protection authority to which they could complain.
WITHOUT_AUTHORITY = frozenset({"US"})
_TABLE = "eea"
_RULE = "rule"
_NO_COMPLAINTS = {"in-cert-in"}  # takes reports of incidents, and no complaints of people
_OTHERS = ("", "companies")  # of several authorities of a country, those for a private company


def authority_id(country: str, books: Books, on: date) -> str:
    """Return the id of the authority to which somebody living there may complain; "" where it is not known.

    country  ISO 3166-1 alpha-2; "": not known
    on       the day: names and authorities change
    """
    country, _ = place(country)
    if country in books.authorities.get(_TABLE, {}):
        return f"{_TABLE}/{country}"
    book = books.jurisdictions.get(country)
    named = {
        rule.to.name: rule.id
        for rule in reversed(book.rule if book is not None else ())
        if rule.duty is DutyKind.NOTIFY_AUTHORITY and rule.to is not None and rule.to.name
        if not rule.binds.sectors and rule.id not in _NO_COMPLAINTS and _is_in_force(rule, on)
    }
    return f"{_RULE}/{next(iter(named.values()))}" if len(named) == 1 else ""


def authority_names(authority: str, books: Books) -> tuple[str, ...]:
    """Return the official names behind an id, the country's own language first.

    None for an id that nothing knows, and where the country alone does not tell: in Germany it is the Land.
    """
    table, _, name = authority.partition("/")
    if table == _RULE:
        rule = books.rules.get(name)
        return (rule.to.name,) if rule is not None and rule.to is not None and rule.to.name else ()
    listed = books.authorities.get(table, {}).get(name, ())
    return tuple(one.name for one in listed if one.for_ in _OTHERS and not one.table)


def _is_in_force(rule: Rule, on: date) -> bool:
    return (rule.in_force_from is None or rule.in_force_from <= on) and (
        rule.in_force_to is None or on <= rule.in_force_to
    )
