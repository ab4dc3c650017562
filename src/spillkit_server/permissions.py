"""Who may ask for what: one table, from the name of every URL to the roles that may.

In:    nothing.
Out:   ROLES, RULES, may.
Else:  roles, and what each may decide in a case, are `spillkit.case`; who needs to know of a case is in its events; refusing
       is `gate`.

A URL whose name is not here is refused to everybody, and the test-suite fails until it is: so no view can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from spillkit.case.acts import MAY
from spillkit.case.commands import ChangeFacts
from spillkit.case.roles import Role
from spillkit_server.asking import ACTS

ROLES: Final = (Role.ENGINEER, Role.OFFICER, Role.COUNSEL, Role.AGENT, Role.AUDITOR)  # that an account may have

EVERYBODY: Final = frozenset[Role | None]({None, *ROLES})  # None: nobody has signed in
SIGNED_IN: Final = frozenset[Role | None](ROLES)
NOBODY: Final = frozenset[Role | None]()
_WORKS: Final = frozenset[Role | None]({Role.ENGINEER, Role.OFFICER, Role.COUNSEL})
_HELPS: Final = _WORKS | {Role.AGENT}
_READS_ALL: Final = _WORKS | {Role.AUDITOR}

RULES: Final[Mapping[str, frozenset[Role | None]]] = {
    # Getting in
    "start": EVERYBODY,  # the one-time link is the proof
    "mail-service-reports": EVERYBODY,  # the secret part of the address is the proof
    "language": EVERYBODY,
    "account_login": EVERYBODY,
    "account_logout": EVERYBODY,
    "account_inactive": EVERYBODY,
    "mfa_authenticate": EVERYBODY,  # between password and second factor nobody is signed in yet
    "mfa_login_webauthn": EVERYBODY,
    "openid_connect_login": EVERYBODY,
    "openid_connect_callback": EVERYBODY,
    "socialaccount_login_cancelled": EVERYBODY,
    "socialaccount_login_error": EVERYBODY,
    # One's own account
    "account": SIGNED_IN,
    "account-keys": SIGNED_IN,
    "account-new-key": SIGNED_IN,
    "account-revoke-key": SIGNED_IN,
    "account-test-mail": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    # Ways of allauth that the room does not offer: accounts are made by a link from whoever runs the server.
    "account_signup": NOBODY,
    "account_email": NOBODY,
    "account_email_verification_sent": NOBODY,
    "account_confirm_email": NOBODY,
    "account_set_password": NOBODY,
    "account_reset_password": NOBODY,
    "account_reset_password_done": NOBODY,
    "account_reset_password_from_key": NOBODY,
    "account_reset_password_from_key_done": NOBODY,
    "account_confirm_login_code": NOBODY,
    "socialaccount_signup": NOBODY,
    "socialaccount_connections": NOBODY,
    # The room
    "incidents": SIGNED_IN,
    "open-incident": _WORKS,
    "measure-again": _WORKS,
    "incident": SIGNED_IN,
    "incident-duties": _READS_ALL,
    "incident-duty": _READS_ALL,
    "incident-facts": _READS_ALL,
    "state-facts": MAY[ChangeFacts],
    "incident-figures": _READS_ALL,
    "incident-timeline": _READS_ALL,
    "incident-record": _READS_ALL,
    "incident-team": SIGNED_IN,
    "incident-reports": _READS_ALL,
    "incident-report-new": _WORKS,
    "incident-report": _READS_ALL,
    "incident-report-edit": _WORKS,
    "incident-report-file": _READS_ALL,
    "incident-notices": _READS_ALL,
    "incident-mailing": _READS_ALL,
    "incident-mailing-samples": _READS_ALL,
    "incident-mailing-file": _READS_ALL,
    "incident-mailing-stop": _WORKS,
    "incident-attach": _WORKS,
    "incident-attachment": _READS_ALL,
    "incident-files": _READS_ALL,
    "incident-file": _READS_ALL,
    # Texts of notices, and who read them
    "texts": SIGNED_IN,
    "text": SIGNED_IN,
    "sign-text": _HELPS,
    "take-back-text": _HELPS,
    # Callers and false messages
    "check": SIGNED_IN,
    "check-message": _HELPS,
    "check-customer": _HELPS,
    "report-fake": _HELPS,
    "decide-fake": frozenset({Role.OFFICER}),
    "law": _READS_ALL,
    "law-book": _READS_ALL,
    # The API
    "api:openapi-json": SIGNED_IN,
    "api:api-root": SIGNED_IN,
    "api:incidents": SIGNED_IN,
    "api:incident": SIGNED_IN,
    "api:cells": SIGNED_IN,
    "api:clocks": SIGNED_IN,
    "api:duties": _READS_ALL,
    "api:events": _READS_ALL,
    "api:reports": _READS_ALL,
    "api:report": _READS_ALL,
    "api:report-pdf": _READS_ALL,
    "api:attachments": _READS_ALL,
    **{
        f"api:{name}": ACTS[name].roles
        for name in ("propose-duty", "propose-aware", "sign", "decline", "answer", "note")
    },
    # What may be done in a case: as the library says, act by act.
    **{f"do-{name}": act.roles for name, act in ACTS.items()},
}


def may(role: Role | None, view: str) -> bool:
    """Return whether somebody of this role (None: not signed in) may ask for a view.

    >>> may(Role.AGENT, "incidents"), may(None, "incidents"), may(Role.OFFICER, "a view nobody wrote a rule for")
    (True, False, False)
    """
    return role in RULES.get(view, NOBODY)
