"""The e-mail service by which notices leave, where a company has one instead of a mail server.

In:    the environment.
Out:   MailService; none where nobody set one up.
Else:  a mail server of one's own is `reminders.ways`; handing a notice over is `sending.services`.

    SPILLKIT_MAIL_SERVICE       brevo, mailgun, mailjet, postmark, resend, sendgrid or sparkpost
    SPILLKIT_MAIL_SERVICE_KEY   its secret key; for Mailjet key and secret with a colon between
    SPILLKIT_MAIL_SERVICE_URL   the address of its API, where it is another than usual (Mailgun and SparkPost in the EU)
    SPILLKIT_MAIL_SERVICE_HOOK  a secret of 32 letters and digits or more: the last part of the address at which the service
                                reports what came back, https://room.example.org/mail-service/SECRET/. Without it nothing is
                                taken.
    SPILLKIT_MAIL_SERVICE_SIGNING_KEY  Mailgun's, with which it signs its reports
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from spillkit.case.receivers import checked_receiver
from spillkit.errors import SettingsError

_HOOK = re.compile(r"[A-Za-z0-9_-]{32,200}")
_KEY = re.compile(r"[!-~]{8,500}")


@dataclass(frozen=True, slots=True)
class Traits:
    """What is peculiar to a service."""

    key_names: tuple[str, ...] = ("api_key",)  # how anymail calls the parts of its key
    can_untrack: bool = True  # each mail says that nobody is to be tracked; else the account must
    idempotency_header: str = ""  # under which the same request is taken once, for a day at least; "": it has none
    keeps_message_id: bool = False  # documented to leave ours as it is
    own_headers: tuple[tuple[str, str], ...] = ()  # by which it is asked to
    signs_reports: bool = False  # under a key of its own, without which none can be read


# Sources: anymail 15.2 (which settings a service has, and what it supports), Resend: Idempotency Keys (24 hours, POST /emails),
# Postmark: X-PM-KeepID, Mailgun: h:Message-Id. Brevo's key is kept for 15 minutes, and what it answers the second time is not
# said: it is not asked again.
SERVICES: Mapping[str, Traits] = MappingProxyType(
    {
        "brevo": Traits(can_untrack=False),
        "mailgun": Traits(keeps_message_id=True, signs_reports=True),
        "mailjet": Traits(key_names=("api_key", "secret_key")),
        "postmark": Traits(key_names=("server_token",), keeps_message_id=True, own_headers=(("X-PM-KeepID", "true"),)),
        "resend": Traits(can_untrack=False, idempotency_header="Idempotency-Key"),
        "sendgrid": Traits(),
        "sparkpost": Traits(),
    }
)


@dataclass(frozen=True, slots=True)
class MailService:
    """An e-mail service."""

    name: str  # of SERVICES
    keys: Mapping[str, str] = field(repr=False)  # as anymail calls them
    url: str = field(default="", repr=False)  # of the API; "": as usual
    hook: str = field(default="", repr=False)  # the secret part of the address for its reports; "": none are taken
    signing: str = field(default="", repr=False)  # with which it signs them; "": it does not

    @property
    def traits(self) -> Traits:
        return SERVICES[self.name]


def read_service(environ: Mapping[str, str]) -> MailService | None:
    """Read the settings.

    Raises  SettingsError if one cannot be used; the message shows none of its value
    """
    name = environ.get("SPILLKIT_MAIL_SERVICE", "").strip().lower()
    if not name:
        return None
    traits = SERVICES.get(name)
    if traits is None:
        raise SettingsError(f"SPILLKIT_MAIL_SERVICE must be one of {', '.join(SERVICES)}.")
    parts = environ.get("SPILLKIT_MAIL_SERVICE_KEY", "").split(":", len(traits.key_names) - 1)
    if len(parts) != len(traits.key_names) or not all(_KEY.fullmatch(part) for part in parts):
        form = "its key and its secret with a colon between" if len(traits.key_names) > 1 else "its secret key"
        raise SettingsError(f"SPILLKIT_MAIL_SERVICE_KEY must be {form}. Its value is not shown here.")
    url = environ.get("SPILLKIT_MAIL_SERVICE_URL", "")
    hook = environ.get("SPILLKIT_MAIL_SERVICE_HOOK", "")
    if hook and _HOOK.fullmatch(hook) is None:
        raise SettingsError(
            "SPILLKIT_MAIL_SERVICE_HOOK must be 32 to 200 letters, digits, - or _. Make one: openssl rand -hex 24"
        )
    signing = environ.get("SPILLKIT_MAIL_SERVICE_SIGNING_KEY", "")
    if hook and traits.signs_reports and _KEY.fullmatch(signing) is None:
        raise SettingsError(
            "SPILLKIT_MAIL_SERVICE_HOOK needs SPILLKIT_MAIL_SERVICE_SIGNING_KEY as well for this service."
        )
    return MailService(
        name=name,
        keys=dict(zip(traits.key_names, parts)),
        url=checked_receiver(url, "SPILLKIT_MAIL_SERVICE_URL") if url else "",
        hook=hook,
        signing=signing,
    )
