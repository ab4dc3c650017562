"""Say in two sentences what usually mends a cause, and what else is known about the one found.

In:    the class, the signs, the routes.
Out:   the remedy and facts, in words without any value from a recording.
Else:  whether a repair worked is for `fix`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from spillkit.cause.incident import CauseClass
from spillkit.cause.measure import Signs

_MOST_ROUTES = 4

# {routes} is the list of routes. Sources: RFC 9111, 3.5 and 5.2.2.7 (private), 4.1 (Vary), 7.3 (Set-Cookie is not special to a
# cache); RFC 9211 (Cache-Status); OWASP API Security Top 10 2023, API1 and API3; redis-py issue 2624 for the connection.
_REMEDIES: Mapping[CauseClass, str] = {
    CauseClass.SHARED_CACHE: (
        "Send `Cache-Control: private, no-store` with {routes} and let the cache obey it; a page that may be kept needs "
        "`Vary` on what makes it personal. Purge {routes} on every node now: what is stored goes on being served until it expires."
    ),
    CauseClass.APP_CACHE: (
        "Put the id of the signed-in user (and of his tenant) into the key under which the application keeps {routes}. "
        "Clear that cache now, and let its key be built in one place that refuses a personal value without a user."
    ),
    CauseClass.CACHE: (
        "Send `Cache-Control: private, no-store` with {routes}, and put the user's id into the key of any cache inside. "
        "Purge both for {routes} now; with `Cache-Status` logged the layer would be known."
    ),
    CauseClass.CACHED_COOKIE: (
        "Never store an answer that carries `Set-Cookie`: take the setting that ignores it off the cache, and send "
        "`Cache-Control: private, no-store` with {routes}. "
        "Purge the cache and end every session that was given out twice, for whoever holds one can act as its owner."
    ),
    CauseClass.SESSION_MIX_UP: (
        "Keep session and user in the request's own scope, never in an object that threads or requests share. "
        "End all sessions issued since the fault began, for whoever holds another's can act as its owner."
    ),
    CauseClass.REQUEST_RACE: (
        "Find where the signed-in user is kept in a variable that requests share, and pass it along or keep it in a context "
        "variable. Test {routes} with two users at once under load: the fault grows with the square of it."
    ),
    CauseClass.DESYNC: (
        "Close a connection whose request was cancelled or timed out instead of giving it back to the pool, and check that each "
        "reply belongs to its request. Restart the pools now: a connection that is out of step stays so until it is closed."
    ),
    CauseClass.BULK_LISTING: (
        "Filter {routes} by owner or tenant in the query itself, on the server; what the page hides was still sent. "
        "Test that a second account gets none of the first one's rows."
    ),
    CauseClass.ENUMERATION: (
        "Check on {routes} that the object belongs to who asks, before it is read. "
        "Limit how fast one asker may go through numbers; ids that cannot be guessed help, and replace no check."
    ),
    CauseClass.ACCOUNT_MAPPING: (
        "Undo the change that gave accounts other owners, and compare the owner of each row with the state before it. "
        "Close writing on the accounts concerned until then: what their holders do now is done to another's data."
    ),
    CauseClass.JOB_MIX_UP: (
        "Give every job a file and a scratch folder of its own, named by the job's id and owner, and check the owner again when it "
        "is fetched. Delete the files made since the fault began: they hold another's data and are still there to be fetched."
    ),
    CauseClass.MEMORY_FRAGMENT: (
        "Cut each answer to the length that was written, and clear a buffer before it is used again. "
        "Purge caches of {routes}: fragments may have been stored, by search engines too."
    ),
    CauseClass.OPEN_RECIPIENTS: (
        "Send one message to each recipient, or put them into Bcc, by a tool that cannot do otherwise. "
        "Ask the recipients to delete the message and not to answer to all."
    ),
    CauseClass.MAIL_SHIFT: (
        "Merge by the customer's id instead of by the row, and stop a batch whose rows and recipients do not agree. "
        "Compare the first, the middle and the last message with the list before a batch is let go."
    ),
    CauseClass.TEMPLATE_FIELD: (
        "Take the field out of the template or the answer of {routes}, and give public pages objects that hold public fields only. "
        "Purge {routes} everywhere and ask search engines to drop their copies."
    ),
    CauseClass.STAFF: (
        "Hand it to those who may look into it, and keep the logs of internal tools as they are. "
        "Confront nobody: numbers alone tell neither who it was nor why."
    ),
}


def remedy_of(cause: CauseClass, routes: Sequence[str]) -> str:
    """Return two sentences of advice; "" where the cause is unknown.

    routes  as "GET /account"; at most four are named
    """
    return _REMEDIES.get(cause, "").format(routes=_listed(routes))


def facts_of(cause: CauseClass, signs: Signs) -> tuple[str, ...]:
    """Return what else is known, in sentences."""
    return tuple(_facts(cause, signs))


def _facts(cause: CauseClass, signs: Signs) -> list[str]:
    found = []
    if cause in (CauseClass.SHARED_CACHE, CauseClass.APP_CACHE, CauseClass.CACHE):
        if not math.isnan(signs.life_seconds):
            found.append(f"A stored answer lived for about {signs.life_seconds:.0f} seconds.")
        found.append(f"A stored answer went to {signs.fan:.0f} strangers (median).")
        if cause is CauseClass.SHARED_CACHE and signs.edges >= 2:
            found.append(f"{signs.edges} cache nodes gave stored answers, each its own.")
        if cause is CauseClass.CACHE:
            found.append("Nothing recorded tells whether the cache is in front of the application or inside it.")
    elif cause in (CauseClass.CACHED_COOKIE, CauseClass.SESSION_MIX_UP):
        found.append(_count(signs.sids, "session was handed over", "sessions were handed over") + ".")
        found.append(f"One session was given to at most {max(1, signs.most_receivers)} browsers.")
        found.append("Whoever holds another's session could also act as its owner.")
    elif cause is CauseClass.ENUMERATION:
        found.append(
            f"{_count(signs.askers, 'asker', 'askers')} received {_count(signs.urls, 'object', 'objects')} of others."
        )
        if signs.refused:
            found.append(f"The busiest was refused or found nothing {_count(signs.refused, 'time', 'times')}.")
    elif cause is CauseClass.MAIL_SHIFT:
        way = "later" if signs.shift > 0 else "earlier"
        found.append(
            f"Each message is about the recipient {_count(abs(signs.shift), 'row', 'rows')} {way} in the batch."
        )
        found.append(f"The first wrong message is number {signs.first_row} of its batch.")
    elif cause is CauseClass.BULK_LISTING:
        found.append(f"An answer showed {signs.median_people:.0f} strangers (median).")
    elif cause is CauseClass.REQUEST_RACE and not math.isnan(signs.slope):
        found.append(
            f"Wrong answers grew with the load to the power {signs.slope:.1f}; 2 means that two requests must meet."
        )
    elif cause is CauseClass.ACCOUNT_MAPPING:
        found.append(
            f"{_count(signs.viewers, 'viewer', 'viewers')} saw {_count(signs.people, 'account', 'accounts')} of others."
        )
        if signs.other_session.value > 0:
            found.append("It outlived signing out and in again.")
    return found


def _listed(routes: Sequence[str]) -> str:
    named = [f"`{route}`" for route in routes[:_MOST_ROUTES]]
    more = len(routes) - len(named)
    if more:
        named.append(f"{more} more")
    return named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1] if named else "these routes"


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"
