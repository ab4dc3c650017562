"""A thousand mails of a mailing, read again by another library, say to each person what the list says of him."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

from spillkit.directory.remembering import remembered
from spillkit.law.books import read_books
from spillkit.notices.addresses import Addresses
from spillkit.notices.code import code_keys, code_of, shown
from spillkit.notices.company import read_company, read_story
from spillkit.notices.gather import Wishes
from spillkit.notices.holds import Known
from spillkit.notices.marks import derived_key
from spillkit.notices.plain_list import read_plain_list
from spillkit.notices.plan import Measured, Pace, make_plan
from spillkit.notices.prepared import VERSION, Prepared, read_prepared, write_prepared
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES
from spillkit.notices.writing import texts_digest
from spillkit.settings import create_workspace
from tests.notices.hostile_list import check_mail, check_text, id_of, people, write_campaign, write_list

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COUNT = 1_000


def test_a_thousand_mails_say_what_the_list_says(tmp_path):
    listed = people(COUNT)
    write_list(tmp_path / "people.csv", listed)
    write_campaign(tmp_path, COUNT)
    workspace = create_workspace(tmp_path / "spill")
    company, story = read_company(tmp_path / "notices.toml"), read_story(tmp_path / "story.toml")
    wishes = Wishes(story.campaign, company.letterhead, frozenset(LANGUAGES), Known(signed=frozenset(LANGUAGES)))
    found = read_plain_list(str(tmp_path / "people.csv"), wishes, read_books(), workspace.key(), NOW)
    plan = make_plan(
        found.gathered.told, Measured(COUNT, COUNT), company.letterhead, texts_digest(story), Pace(1000), story.campaign, NOW
    )  # fmt: skip
    assert (plan.notices, found.bad.lost_rows) == (COUNT, 0)
    prepared = Prepared(
        version=VERSION, mailing="m", kind=Kind.AFFECTED, incident=None, lists=(remembered(found.mapped),), unread=(),
        prepared_at=NOW, plan=plan,
    )  # fmt: skip
    files = [(tmp_path / name).read_bytes() for name in ("story.toml", "notices.toml")]
    write_prepared(workspace, prepared, found.gathered.told, *files)

    ready = read_prepared(workspace, "m")
    lists, id_key = ready.lists(workspace)
    addresses = Addresses(ready.told, lists, derived_key(workspace.key(), "marks"), id_key)
    writer = ready.writer(workspace, NOW, is_signed=False)
    keys = code_keys(derived_key(workspace.key(), "codes"))
    by_id = {one.id: one for one in listed}
    seen, codes = set(), set()
    for notice in ready.told.column("id").to_pylist():
        told, to = addresses.get(notice)
        post = writer.post(told, to)
        [account] = told.subjects
        person, code = by_id[account], shown(code_of(notice, keys))
        mail = message_from_bytes(post.data)
        assert (mail["Content-Language"], id_of(mail)) == (person.language, notice)
        check_text(person, mail.get_payload(0).get_payload(decode=True).decode(), code)
        if len(seen) % 50 == 0:  # The parser of whole addresses takes ten times as long.
            whole = message_from_bytes(post.data, policy=policy.default)
            check_mail(person, post.envelope.recipient, post.envelope.sender, whole, code)
        seen.add(account)
        codes.add(code)
    assert seen == set(by_id)
    assert len(codes) == COUNT
