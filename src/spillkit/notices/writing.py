"""Write the mail of each notice: its words, its code, its head, its signatures.

In:    Told, an Addressee, the story, the company's letterheads and senders, keys.
Out:   Post: envelope and bytes, ready for the wire.
Else:  the words are `render`, the code is `code`, the head is `message`, signing is `signing`; this only puts them together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib import resources

import msgspec

from spillkit.law.books import Books
from spillkit.notices.addressees import Addressee
from spillkit.notices.code import CodeKeys, code_of, shown
from spillkit.notices.company import Company
from spillkit.notices.complaint import authority_names
from spillkit.notices.demands import Demands
from spillkit.notices.message import Mail, Post, Press
from spillkit.notices.reader import Reader
from spillkit.notices.render import Rendered, Renderer
from spillkit.notices.signing import Signer
from spillkit.notices.story import Story
from spillkit.notices.told import Told
from spillkit.notices.wording import LANGUAGES


class Writer:
    """Writes the mails of one campaign.

    demands      what the law prescribes where people live, by country and region
    authorities  official names, by the id that Told carries
    signers      by legal entity; mails of others are not signed
    made_at      Date of every mail, UTC: the same mail is made again after an interruption
    """

    def __init__(
        self,
        story: Story,
        company: Company,
        code_keys: CodeKeys,
        made_at: datetime,
        *,
        demands: Mapping[str, Demands] | None = None,
        authorities: Mapping[str, str] | None = None,
        signers: Mapping[str, Signer] | None = None,
    ) -> None:
        self._code_keys, self._made_at = code_keys, made_at
        self._signers = dict(signers or {})
        self._renderers = {
            entity: Renderer(story, letterhead, demands=demands, authorities=authorities)
            for entity, letterhead in company.letterhead.items()
        }
        self._presses = {entity: Press(company.sending(entity, story.campaign)) for entity in company.letterhead}

    def words(self, told: Told, reader: Reader) -> Rendered:
        """Return what one notice says. WordingError where there is no text for him."""
        return self._renderers[told.entity].render(told, shown(code_of(told.id, self._code_keys)), reader)

    def post(self, told: Told, to: Addressee, *, mail_id: str = "", made_at: datetime | None = None) -> Post:
        """Return the mail of one notice.

        mail_id  of a mail that says it once more, to whoever asked: its Message-ID is made of it; "": of the notice's own id
        made_at  Date of that mail, UTC
        Raises   AddressError where nothing can be sent to the address; WordingError where there is no text for him
        """
        rendered = self.words(told, to.reader)
        mail = Mail(
            notice_id=mail_id or told.id,
            to_address=to.address,
            to_name="" if told.is_shared else to.reader.name,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            languages=rendered.languages,
            made_at=made_at or self._made_at,
        )
        post = self._presses[told.entity].post(mail)
        signer = self._signers.get(told.entity)
        if signer is None:
            return post
        return msgspec.structs.replace(post, head=signer.sign(post.head, post.body, mail.made_at) + post.head)


def texts_digest(story: Story) -> str:
    """Return the digest of everything that is said to everybody: the catalogues of all languages, and the story.

    Returns  SHA-256, 64 hex digits: what a plan is signed with
    """
    digest = hashlib.sha256(msgspec.json.encode(story, order="deterministic"))
    for language in LANGUAGES:
        digest.update(bytes.fromhex(text_digest(language)))
    return digest.hexdigest()


def text_digest(language: str) -> str:
    """Return the digest of the text in a language, one of LANGUAGES: what a native reader signs off."""
    folder = resources.files("spillkit.notices.texts")
    return hashlib.sha256(folder.joinpath(f"{language}.toml").read_bytes()).hexdigest()


def authorities_of(told: Iterable[Told], books: Books) -> dict[str, str]:
    """Return the official names of the authorities to which the people may complain, by id."""
    return authorities_by_id({one.authority for one in told}, books)


def authorities_by_id(ids: Iterable[str], books: Books) -> dict[str, str]:
    """Return the official names behind the ids that Told carries; those that nothing knows are left out."""
    return {name: " / ".join(found) for name in ids if name and (found := authority_names(name, books))}
