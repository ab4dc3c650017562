"""How fast notices may leave, to whom first, and when the sending stops by itself.

In:    Pace, as the company chose it; counts; the time.
Out:   how many may leave now; whether to pause, and why; when to try again.
Else:  counting and sending is `spillkit_server.sending`. Whether sending goes on after a pause is decided by people.

Two lines stop a mailing before its receivers' providers do. Both lie under those at which senders are put under review: Amazon SES
looks at a sender at 5 % bounces and 0.1 % complaints (SES developer guide, "Reputation metrics messages"); Google asks bulk senders
to stay below 0.10 % complaints and never to reach 0.30 % (Email sender guidelines). Ours are 4 % and 0.08 %.

A share of few is noise, so each line has a sample: until so many were sent, the count is held against the line of a whole sample.
The fifth bounce of the first 100 stops, and the third complaint of the first 2,500. Where the true share is half the line, that
stops 1 sending in 20 for nothing at bounces (binomial, 5 or more of 100 at 2 %) and 1 in 12 at complaints (3 or more of 2,500 at
0.04 %); where it is twice the line, 9 in 10 are stopped within the sample. A pause for nothing costs a look; the other costs the
rest of the mails. Only mails that a server answered count, since the last time when people let the sending go on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

import msgspec

from spillkit.notices.funnel import Funnel

WINDOW_SECONDS = 60  # budgets of domains are for each minute
# Two tries within the first hour, then one every two to three hours, given up after 5 days: RFC 5321 section 4.5.4.1.
WAIT_MINUTES = (5, 25, 60, 120, 120)
LATER_WAIT_MINUTES = 180
GIVEN_UP_AFTER = timedelta(days=5)
_CANARY_DEFERRED_SHARE = 10  # one in so many may still be put off when the canary is judged


class Why(StrEnum):
    """Why a mailing, or what goes to one domain, is paused."""

    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    ANSWERS_LOST = "answers-lost"
    PEOPLE = "people"  # somebody stopped it


class Line(msgspec.Struct, frozen=True):
    """A share that must not be passed."""

    why: Why
    per_10000: int
    sample: int  # below so many mails, the count is held against the line of this many


BOUNCE_LINE = Line(Why.BOUNCES, 400, 100)
COMPLAINT_LINE = Line(Why.COMPLAINTS, 8, 2_500)
# A server that loses one answer in 25 leaves people whom nobody knows to be told; going on makes more of them.
LOST_LINE = Line(Why.ANSWERS_LOST, 400, 100)


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How fast a company sends.

    The warm-up is for a server that its receivers know: it doubles by the hour, since the law asks for no delay. A new address
    needs weeks (Twilio SendGrid, "Warming up an IP address"), which nobody has here: send through a server that has a name already.
    """

    canary: int = 100  # so many leave first, and are looked at
    canary_wait_seconds: int = 900  # after the canary's last answer: most that come back do so within minutes
    domain_per_minute: int = 3_000  # to one domain at most
    warm_up_per_minute: int = 60  # to one domain in its first hour; 0: no warm-up
    connections: int = 8  # of one sender


class Answered(msgspec.Struct, frozen=True):
    """What came of mails, of a mailing or of one domain."""

    mails: int  # that a server answered, or left without an answer
    bounced: int = 0
    complained: int = 0
    lost: int = 0  # without an answer


def why_pause(answered: Answered) -> Why | None:
    """Return why no more mail may leave; None: it may.

    >>> why_pause(Answered(mails=40, bounced=5)), why_pause(Answered(mails=1_000, bounced=40)), why_pause(Answered(40, bounced=4))
    (<Why.BOUNCES: 'bounces'>, None, None)
    """
    for line, count in (
        (BOUNCE_LINE, answered.bounced),
        (COMPLAINT_LINE, answered.complained),
        (LOST_LINE, answered.lost),
    ):
        if count * 10_000 > line.per_10000 * max(answered.mails, line.sample):
            return line.why
    return None


def why_pause_all(whole: Answered, apart: Answered) -> Why | None:
    """Return why a whole mailing is paused, of which some domains are paused already.

    whole  of all domains
    apart  of those that are paused: what they refused does not count twice, unless they are most of it

    >>> why_pause_all(Answered(400, bounced=20), Answered(60, bounced=18)), why_pause_all(Answered(90, 30), Answered(60, 30))
    (None, <Why.BOUNCES: 'bounces'>)
    """
    if apart.mails * 2 > whole.mails:
        return Why.BOUNCES
    return why_pause(
        Answered(
            mails=whole.mails - apart.mails,
            bounced=whole.bounced - apart.bounced,
            complained=whole.complained - apart.complained,
            lost=whole.lost,
        )
    )


def canary_left(pace: Pace, funnel: Funnel) -> int:
    """Return how many more may be tried for the first time before the canary is looked at."""
    return max(0, pace.canary - funnel.tried)


def has_canary_passed(pace: Pace, funnel: Funnel, quiet: timedelta) -> bool:
    """Return whether the first ones are done and nothing is wrong with them; `why_pause` is asked apart from this.

    quiet  since the last of them was answered
    """
    is_out = funnel.tried >= min(pace.canary, funnel.planned - funnel.withdrawn)
    is_answered = funnel.sending == 0 and funnel.deferred * _CANARY_DEFERRED_SHARE <= pace.canary
    return is_out and is_answered and quiet >= timedelta(seconds=pace.canary_wait_seconds)


def domain_budget(pace: Pace, since_first: timedelta) -> int:
    """Return how many mails may go to one domain within a minute.

    since_first  since the first mail of this mailing to it

    >>> [domain_budget(Pace(), timedelta(hours=hours)) for hours in (0, 1, 2, 5, 6, 99)]
    [60, 120, 240, 1920, 3000, 3000]
    """
    if not pace.warm_up_per_minute:
        return pace.domain_per_minute
    hours = min(since_first // timedelta(hours=1), 30)
    return min(pace.domain_per_minute, pace.warm_up_per_minute << max(0, hours))


def window_of(now: datetime) -> datetime:
    """Return when the minute began to which a budget belongs."""
    return now.replace(second=0, microsecond=0)


def next_try(tries: int, first_put_off_at: datetime, now: datetime) -> datetime | None:
    """Return when a mail that was put off is tried again; None: it is given up.

    tries             1 or more
    first_put_off_at  when the server put it off for the first time
    """
    if now - first_put_off_at >= GIVEN_UP_AFTER:
        return None
    minutes = WAIT_MINUTES[tries - 1] if tries <= len(WAIT_MINUTES) else LATER_WAIT_MINUTES
    return now + timedelta(minutes=minutes)


def domain_label(address: str, key: bytes) -> str:
    """Return what the outbox keeps of an address: a mark under which its domain is paced, meaningless without the key.

    key  16 to 64 bytes, derived from the workspace's

    >>> domain_label("jane@Example.org", bytes(16)) == domain_label("bob@example.org", bytes(16))
    True
    """
    domain = address.rpartition("@")[2].rstrip(".").lower()
    return blake2b(domain.encode("utf-8", "surrogatepass"), key=key, digest_size=8, person=b"notice-domain").hexdigest()
