"""The tables of the room.

In:    nothing.
Out:   User, Invitation, Token, CaseRow, EventRow, TextRow, Reader, MeasurementRow, ReportRow, FileRow, Delivery;
       Mailing, NoticeRow, CarriedRow, DomainRow, JournalRow; TextSigning, FakeRow, AnsweredRow, SpareRow.
Else:  what events mean is `spillkit.case`; writing them is `cases`. Sending notices is `sending`.

No table holds a customer's name or address: cases hold counts, digests and ids.
"""

from __future__ import annotations

import secrets

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from spillkit.case.roles import Role


def new_opaque() -> str:
    """Return an id that tells nothing about its bearer: this, not the name, goes into the record."""
    return "u_" + secrets.token_hex(8)


class Users(BaseUserManager):
    """Finds accounts by the name they sign in with."""


class User(AbstractBaseUser):
    """Somebody who works in the room. One person has one role, so that nobody signs twice under two.

    Django's fuller account also keeps a family name; the room does not need one. Reminders go to an address only where he gave one.
    """

    username = models.CharField(max_length=60, unique=True)  # in small letters
    opaque = models.CharField(max_length=34, unique=True, default=new_opaque, editable=False)
    role = models.CharField(
        max_length=16, choices=[(role.value, role.value) for role in Role if role is not Role.SYSTEM]
    )
    language = models.CharField(max_length=8, blank=True, default="")
    zone = models.CharField(max_length=64, blank=True, default="")  # IANA; times are shown in it beside UTC
    mail_to = models.CharField(max_length=254, blank=True, default="")  # reminders go there; he alone sets and sees it
    is_active = models.BooleanField(default=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = Users()
    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.opaque


class Invitation(models.Model):
    """A link that makes one account, once. Only the digest of its secret is kept."""

    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    for_user = models.ForeignKey(User, null=True, on_delete=models.CASCADE)  # a new password for him, not a new account

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Token(models.Model):
    """A key of the API, for one account. Only its digest is kept. Taking it back deletes the row."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    label = models.CharField(max_length=60, blank=True, default="")  # what it is for, as its bearer wrote
    reach = models.CharField(max_length=8, default="read")  # "read", "write" or "decide", see `tokens.Reach`
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # to the day; null: never

    def __str__(self) -> str:
        return f"token {self.pk}"


class CaseRow(models.Model):
    """One incident of the room. What is known of it is folded from its events."""

    number = models.PositiveIntegerField(unique=True)
    case_id = models.CharField(max_length=64, unique=True)
    incident = models.PositiveIntegerField(null=True)  # of the workspace, where it came from there
    version = models.PositiveIntegerField(default=0)  # events so far; a write names the version it was based on
    state = models.BinaryField(
        default=b""
    )  # JSON: spillkit.case.Case at `version`, and the folding that made it: derived, made anew by another
    summary = models.JSONField(default=dict)  # the few values that the list shows: derived as well
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.case_id


class EventRow(models.Model):
    """One event, and whether it is in the record yet."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()  # from 1, without gaps
    event_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    body = models.BinaryField()  # JSON of spillkit.case.events, without what a person wrote: that is in TextRow
    digest = models.CharField(max_length=64)  # as `spillkit.case.digest` gives it: what the record says of this event
    is_recorded = models.BooleanField(default=False, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "number"], name="one_event_per_number"),)

    def __str__(self) -> str:
        return self.event_id


class TextRow(models.Model):
    """One text that a person wrote in an event, kept apart from it, so that it alone can be erased."""

    event = models.ForeignKey(EventRow, on_delete=models.CASCADE, related_name="texts")
    name = models.CharField(max_length=200)  # as spillkit.case.events.texts_of names it
    text = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["event", "name"], name="one_text_per_name"),)

    def __str__(self) -> str:
        return f"{self.event_id}:{self.name}"


class Reader(models.Model):
    """Who needs to know of a case: derived from its events, in the same transaction, so that every request can ask."""

    case = models.ForeignKey(CaseRow, on_delete=models.CASCADE, related_name="readers")
    opaque = models.CharField(max_length=34, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "opaque"], name="one_reader_per_case"),)

    def __str__(self) -> str:
        return f"{self.case_id}:{self.opaque}"


class MeasurementRow(models.Model):
    """A measurement as it was when somebody brought it in: what figures, charts and tables are drawn from."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="measurements")
    digest = models.CharField(max_length=64)
    measured_at = models.DateTimeField()
    body = models.BinaryField()  # JSON of spillkit.scope.Measurement, for internal readers

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "digest"], name="one_measurement_per_digest"),)

    def __str__(self) -> str:
        return self.digest


class ReportRow(models.Model):
    """A report to an authority as it was drafted: its JSON by the digest that the case's events name. PDF is made of it again."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="reports")
    digest = models.CharField(max_length=64)  # SHA-256 of `body`
    made_at = models.DateTimeField()
    body = models.BinaryField()  # JSON of spillkit.authority.Report
    said = models.BinaryField(default=b"")  # JSON of spillkit.authority.Statement: with it the next draft's form begins

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "digest"], name="one_report_per_digest"),)

    def __str__(self) -> str:
        return self.digest


class FileRow(models.Model):
    """The bytes of an attachment, by the digest that the case's events name."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="files")
    digest = models.CharField(max_length=64)  # SHA-256 of `body`
    kept_at = models.DateTimeField()
    body = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "digest"], name="one_file_per_digest"),)

    def __str__(self) -> str:
        return self.digest


class Delivery(models.Model):
    """One message of the room to one receiver: a reminder by mail to an account, or by webhook to a program.

    Written before it is tried, so that what was interrupted is seen and tried again.
    """

    message_id = models.CharField(max_length=64)  # the reminder's id, the same each time
    channel = models.CharField(max_length=16)  # "mail" or "webhook"
    receiver = models.CharField(max_length=64)  # opaque id of an account, or digest of a webhook's address
    case = models.ForeignKey(CaseRow, on_delete=models.CASCADE)
    body = models.BinaryField()  # what is sent: no text that a person wrote
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)  # null: done, or given up
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True, default="")  # of the last try: "accepted", "refused 550", …

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["message_id", "channel", "receiver"], name="one_delivery_per_receiver"),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.message_id}"


class Mailing(models.Model):
    """Notices that are sent together."""

    name = models.CharField(max_length=80, unique=True)  # of the campaign: no personal data
    case = models.ForeignKey(
        CaseRow, null=True, on_delete=models.PROTECT, related_name="mailings"
    )  # null: without a scan
    planned = models.PositiveIntegerField(default=0)  # its rows, always
    is_planned = models.BooleanField(default=False)  # every row is there; nothing leaves before
    digest = models.CharField(max_length=64, blank=True, default="")  # of the plan whose rows these are
    approved_at = models.DateTimeField(null=True)  # by two people; nothing leaves before
    canary_passed_at = models.DateTimeField(null=True)
    paused = models.CharField(max_length=16, blank=True, default="")  # pace.Why; "": it goes on
    paused_at = models.DateTimeField(null=True)  # when it stopped last: what was decided before does not let it go on
    judged_from = models.DateTimeField(null=True)  # bounces before it were looked at by people
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class NoticeRow(models.Model):
    """One notice to one person on its way out. His address is not here: it is read again from the customer list."""

    notice = models.CharField(max_length=64, unique=True)  # its id
    mailing = models.ForeignKey(
        Mailing, null=True, on_delete=models.PROTECT, related_name="notices"
    )  # null: known by a journal only
    domain = models.CharField(max_length=16, blank=True, default="")  # pace.domain_label: tells which go to one domain
    state = models.CharField(max_length=10)  # spillkit.notices.State
    tries = models.PositiveIntegerField(default=0)  # how often a sender took it in hand
    journal = models.CharField(max_length=40, blank=True, default="")  # of the sender that took it last
    next_at = models.DateTimeField(null=True)  # a sender may take it then; null: it may not be taken
    put_off_at = models.DateTimeField(null=True)  # when the server put it off for the first time
    changed_at = models.DateTimeField()
    answer = models.CharField(max_length=40, blank=True, default="")  # code of the last answer, or what was found since
    server_id = models.CharField(max_length=80, blank=True, default="")  # the server's own id of the mail
    is_complained = models.BooleanField(default=False)

    class Meta:
        indexes = (
            models.Index(fields=["mailing", "next_at", "id"], name="notice_waits"),
            models.Index(fields=["mailing", "state"], name="notice_in_state"),
            models.Index(fields=["journal", "state"], name="notice_of_journal"),
        )

    def __str__(self) -> str:
        return self.notice


class CarriedRow(models.Model):
    """What two people signed about a mailing and what was done about it, once."""

    event = models.CharField(max_length=64, unique=True)  # id of the event by which it counts
    mailing = models.ForeignKey(Mailing, on_delete=models.PROTECT, related_name="carried")
    doing = models.CharField(max_length=16)  # spillkit.case.events.MailingAct
    notices = models.PositiveIntegerField(default=0)  # that it changed
    is_void = models.BooleanField(default=False)  # it no longer fitted when its turn came: nothing was done
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.doing} {self.event}"


class DomainRow(models.Model):
    """How much of a mailing went to one domain."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=16)
    first_at = models.DateTimeField()
    window_at = models.DateTimeField()  # the minute that is counted
    in_window = models.PositiveIntegerField(default=0)
    mails = models.PositiveIntegerField(default=0)  # given to a server, or in hand, since people let it go on
    complained = models.PositiveIntegerField(default=0)  # of them
    closed_until = models.DateTimeField(null=True)  # its budget is used up
    paused = models.CharField(max_length=16, blank=True, default="")  # pace.Why

    class Meta:
        constraints = (models.UniqueConstraint(fields=["mailing", "domain"], name="one_pace_per_domain"),)

    def __str__(self) -> str:
        return f"{self.mailing_id} {self.domain}"


class JournalRow(models.Model):
    """How far a sent journal was at the last commit of its sender: who restores an older database is found out by it."""

    name = models.CharField(max_length=40, unique=True)
    folder = models.CharField(max_length=40)  # id of the folder where it lies
    length = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=32, blank=True, default="")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # its sender is gone, and all it says is in the rows

    def __str__(self) -> str:
        return self.name


class TextSigning(models.Model):
    """A native reader signed off the text of notices in his language, exactly as it was."""

    language = models.CharField(max_length=8)
    digest = models.CharField(max_length=64)  # `notices.writing.text_digest`: another text has to be read again
    user = models.CharField(max_length=34)  # opaque id
    event = models.CharField(max_length=64, unique=True)  # made with the form, so that a form sent twice counts once
    at = models.DateTimeField()
    taken_back_by = models.CharField(max_length=34, blank=True, default="")
    taken_back_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.language} {self.digest[:8]}"


class FakeRow(models.Model):
    """A false message in the company's name, as often as it was reported. No word of it is here, and nobody who reported it."""

    digest = models.CharField(max_length=32, unique=True)  # `notices.fakes.sameness`
    way = models.CharField(max_length=8)  # publication.Way
    signs = models.CharField(max_length=80, blank=True, default="")  # of publication.Sign, with spaces between
    first_on = models.DateField()
    last_on = models.DateField()  # when it was seen last
    by_agents = models.PositiveIntegerField(default=0)
    by_mail = models.PositiveIntegerField(default=0)  # sent on to be checked, and not ours
    is_shown = models.BooleanField(default=False)  # the portal warns of it
    decided_by = models.CharField(max_length=34, blank=True, default="")  # opaque id of who decided that last
    decided_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.digest


class AnsweredRow(models.Model):
    """A mailbox that gets, or got, an answer of the portal: its keyed mark, for a day."""

    mark = models.CharField(max_length=16, unique=True)  # marks.mailbox_mark
    decided_at = models.DateTimeField()  # before any mail left
    is_waiting = models.BooleanField(default=True)  # nothing was offered to the mail server yet
    spare = models.CharField(max_length=64, blank=True, default="")  # id of the letter to somebody who is not affected

    def __str__(self) -> str:
        return self.mark


class SpareRow(models.Model):
    """Codes that were published before anybody has them: one for each letter to somebody who asked and is not affected."""

    campaign = models.CharField(max_length=80)
    entity = models.CharField(max_length=300)
    published = models.PositiveIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["campaign", "entity"], name="one_row_of_spares"),)

    def __str__(self) -> str:
        return f"{self.campaign} {self.used}/{self.published}"
