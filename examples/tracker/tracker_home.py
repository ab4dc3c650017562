"""Set up a Roundup tracker with its people and issues.

In:    a folder that does not exist yet, the people, and whether the schema has the fault.
Out:   a tracker home with SQLite inside, ready for Roundup's dispatcher; who works in it; which ticket belongs to whom.
Else:  serving it is `servers`; what the people write is `conversations`.

Roundup's own "classic" template is installed from the package and adapted line by line, as a company does with its tracker.
Every line that is looked for must be there: with another version of Roundup we stop instead of recording something else.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from conversations import APPLES, draw_answer, draw_body, draw_title
from people import Person

HOST = "support.example.org"
TRACKER_NAME = "Exempla Support"
COOKIE = "roundup_session_ExemplaSupport"  # Roundup's rule: "roundup_session_" and the letters of the tracker's name
STAFF_ID, STAFF_LOGIN = "staff_carol", "carol"
ISSUES = 120

VISIBLE = "'id', 'realname', 'username'"
VISIBLE_BY_FAULT = "'id', 'realname', 'username', 'address', 'phone'"

SUPPORT_ROLE = """
db.security.addRole(name='Support', description='Answers customers')
for permission in 'Web Access', 'Rest Access':
    db.security.addPermissionToRole('Support', permission)
for cl in 'issue', 'msg', 'file', 'user':
    db.security.addPermissionToRole('Support', 'View', cl)
for cl in 'issue', 'msg', 'file':
    db.security.addPermissionToRole('Support', 'Edit', cl)
    db.security.addPermissionToRole('Support', 'Create', cl)
"""

POSTAL_ROW = """ <tr tal:condition="context/street/is_view_ok">
  <th>Postal address</th>
  <td><span tal:content="context/street">street</span>,
      <span tal:content="context/postcode">postcode</span> <span tal:content="context/city">city</span></td>
 </tr>

"""


@dataclass(frozen=True, slots=True)
class Ticket:
    """An issue that is assigned to support, and the customer who opened it."""

    issue: str  # Roundup's number
    customer_id: str
    assigned_at: str  # UTC, RFC 3339


@dataclass(frozen=True, slots=True)
class Tracker:
    """A tracker home and what the rest of the recording must know of it."""

    home: Path
    customer_of: dict[str, str]  # Roundup's number of a user → customer id, or the id of staff
    number_of: dict[str, str]  # the way back
    tickets: tuple[Ticket, ...]
    issues: tuple[str, ...]  # Roundup's numbers


def set_up_tracker(home: Path, people: list[Person], seed: int, *, shows_contact_data: bool) -> Tracker:
    """Install, adapt and fill a tracker.

    home                 folder to make; an older one of the same name is removed
    people               the customers; their passwords are their customer ids
    seed                 draws who writes what
    shows_contact_data   True puts the one-line fault into the schema: e-mail addresses and phone numbers for every logged-in user
    Raises               RuntimeError where Roundup's template has not the lines that we adapt
    """
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    admin = [str(Path(sys.executable).with_name("roundup-admin")), "-i", str(home)]
    settings = ",".join(
        (
            f"tracker_web=http://{HOST}/",
            "mail_domain=example.org",
            "admin_email=admin@example.org",
            "mail_host=localhost",
            "mail_debug=mail.txt",
            "password_pbkdf2_default_rounds=1000",
            "web_csrf_enforce_token=no",
            "web_csrf_enforce_header_x-requested-with=no",
            "web_login_attempts_min=0",
        )
    )
    _run([*admin, "install", "classic", "sqlite", settings])
    config = home / "config.ini"
    _replace(config, "\nname = Roundup issue tracker\n", f"\nname = {TRACKER_NAME}\n")
    # Mail is written to a file: nothing leaves the machine.
    (home / "detectors" / "nosyreaction.py").unlink()
    _adapt(home, VISIBLE_BY_FAULT if shows_contact_data else VISIBLE)
    _run([*admin, "initialise", "not-used-again"])
    return _fill(home, people, seed)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} {command[3]} failed:\n{done.stdout}{done.stderr}")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    if text.count(old) != 1:
        raise RuntimeError(
            f"{path.name} of Roundup has not exactly one place that reads {old!r}. "
            "Install the version pinned in requirements.txt."
        )
    path.write_text(text.replace(old, new), "utf-8")


def _adapt(home: Path, visible: str) -> None:
    """Make the classic template this company's tracker."""
    schema, page, item = home / "schema.py", home / "html" / "page.html", home / "html" / "user.item.html"
    # 1. People have a postal address, and are shown by their name instead of their login.
    _replace(
        schema,
        'timezone=String())\nuser.setkey("username")',
        "timezone=String(),\n                street=String(),\n                postcode=String(),\n                city=String())\n"
        'user.setkey("username")\nuser.setlabelprop("realname")',
    )
    # 2. Customers see each other's name and nothing else; this is the line that the fault changes.
    _replace(schema, "'id', 'organisation', 'phone', 'realname', 'timezone',\n    'username'", visible)
    # 3. Customers open issues and answer; only support edits them (an edit form would list everybody's name).
    _replace(
        schema,
        "for cl in 'issue', 'file', 'msg', 'keyword':\n    db.security.addPermissionToRole('User', 'View', cl)\n"
        "    db.security.addPermissionToRole('User', 'Edit', cl)\n",
        "for cl in 'issue', 'file', 'msg', 'keyword':\n    db.security.addPermissionToRole('User', 'View', cl)\n",
    )
    _replace(schema, "#\n# ANONYMOUS USER PERMISSIONS\n", SUPPORT_ROLE + "\n#\n# ANONYMOUS USER PERMISSIONS\n")
    # 4. The sidebar greets by name on every page, and one's own page has one address for all.
    _replace(
        page,
        "python:request.user.username.plain(escape=1)",
        "python:request.user.realname.plain(escape=1) or request.user.username.plain(escape=1)",
    )
    _replace(page, "string:user${request/user/id}", "string:account")
    _replace(
        item,
        ' <tr tal:condition="python:edit_ok or context.timezone"',
        POSTAL_ROW + ' <tr tal:condition="python:edit_ok or context.timezone"',
    )
    for name in ("html/home.account.html", "html/home.signin.html", "interfaces.py"):
        shutil.copyfile(Path(__file__).parent / "tracker_files" / name, home / name)


def _fill(home: Path, people: list[Person], seed: int) -> Tracker:
    import roundup.instance
    from roundup.date import Date
    from roundup.password import Password

    rng = random.Random(f"{seed} issues")
    instance = roundup.instance.open(str(home))
    db = instance.open("admin")
    try:
        customer_of: dict[str, str] = {}
        number_of: dict[str, str] = {}

        def create(customer_id: str, **fields: str) -> None:
            number = db.user.create(password=Password(customer_id, config=db.config), **fields)
            customer_of[number], number_of[customer_id] = customer_id, number

        for person in people:
            create(
                person.customer_id,
                username=person.login,
                realname=person.shown_name,
                address=person.email,
                phone=person.shown_phone,
                street=person.street,
                postcode=person.postcode,
                city=person.city,
                roles="User",
            )
        mailbox = "carol@support.example.org"
        create(STAFF_ID, username=STAFF_LOGIN, realname="Carol Exempla", address=mailbox, roles="User,Support")
        db.commit()

        issues, tickets = [], []
        priorities, states = db.priority.list(), db.status.list()
        for count in range(ISSUES):
            author = people[rng.randrange(len(people))]
            title, body = APPLES if count == 17 else (draw_title(rng), draw_body(rng))
            db.setCurrentUser(author.login)
            words = [
                db.msg.create(author=number_of[author.customer_id], date=Date("."), content=body, type="text/plain")
            ]
            issue = db.issue.create(
                title=title,
                messages=words,
                priority=rng.choice(priorities),
                status=rng.choice(states[:-1]),
                nosy=[number_of[author.customer_id]],
            )
            issues.append(issue)
            # Others join in: a second customer on some, support on every third.
            if rng.random() < 0.3:
                other = people[rng.randrange(len(people))]
                db.setCurrentUser(other.login)
                words.append(
                    db.msg.create(
                        author=number_of[other.customer_id], date=Date("."), content=draw_body(rng), type="text/plain"
                    )
                )
            if count % 3 == 0:
                db.setCurrentUser(STAFF_LOGIN)
                words.append(
                    db.msg.create(
                        author=number_of[STAFF_ID], date=Date("."), content=draw_answer(rng), type="text/plain"
                    )
                )
                db.issue.set(issue, assignedto=number_of[STAFF_ID])
                tickets.append(Ticket(issue, author.customer_id, Date(".").pretty("%Y-%m-%dT%H:%M:%SZ")))
            db.issue.set(issue, messages=words)
            db.commit()
    finally:
        db.close()
    return Tracker(home, customer_of, number_of, tuple(tickets), tuple(issues))
