"""Say in two sentences what usually mends a cause.

In:    the class, the routes.
Out:   the remedy, in words without any value from a recording.
Else:  what else is known of the one found is `facts`; whether a repair worked is for `fix`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spillkit.cause.incident import CauseClass

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


def _listed(routes: Sequence[str]) -> str:
    named = [f"`{route}`" for route in routes[:_MOST_ROUTES]]
    more = len(routes) - len(named)
    if more:
        named.append(f"{more} more")
    return named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1] if named else "these routes"
