"""Say what happened in a case, in plain words.

In:    moments of the timeline, clocks.
Out:   sentences without markup; the templates are here so that screens can translate them.
Else:  what people wrote is not in them; the cells' words are `questions`.
"""

from __future__ import annotations

from collections.abc import Mapping

from spillkit.case.events import MailingAct
from spillkit.case.state import Moment
from spillkit.printed import printable

# One sentence for each kind of event. What stands in braces is in the moment's `about`.
SENTENCES: Mapping[str, str] = {
    "opened": "The case was opened.",
    "close-proposed": "Closing the case was proposed.",
    "closed": "The case was closed by two people.",
    "reopened": "The case was opened again.",
    "hold-set": "A legal hold was set: nothing of this case may be deleted.",
    "hold-lifted": "The legal hold was lifted.",
    "access-granted": "{user} ({user_role}) was given access.",
    "access-revoked": "{user} lost access.",
    "measured": "It was measured: {confirmed} confirmed, at most {upper}.",
    "corrected": "The figure “{figure}” was corrected from {old} to {new}.",
    "facts-changed": "The facts were stated.",
    "question-answered": "The question “{question}” was answered: {answer}.",
    "aware-proposed": "{aware_at} was proposed as the time of becoming aware.",
    "aware-signed": "{aware_at} was signed by two people as the time of becoming aware.",
    "duties-decided": "The engine looked at {duties} duties, by the law of {law}. That is a proposal.",
    "duty-proposed": "It was proposed whether {rule} binds {entity}: {binds}.",
    "duty-accepted": "Two people decided: {rule} binds {entity}.",
    "duty-rejected": "Two people decided: {rule} does not bind {entity}.",
    "duty-met": "{rule} was done for {entity}.",
    "word-proposed": "It was proposed to call this by the law’s word.",
    "word-signed": "Two people decided to call this by the law’s word.",
    "proposal-declined": "A proposal was taken back or declined.",
    "report-drafted": "Report {report} ({phase}) to {addressee} was drafted.",
    "report-proposed": "Report {report} was proposed for sending.",
    "report-approved": "Report {report} was approved by two people.",
    "report-sent": "Report {report} was sent.",
    "report-withdrawn": "Report {report} will not be sent.",
    "people-told": "{people} people were told.",
    "mailing-proposed": "It was proposed for mailing {mailing}: {doing}. Notices: {notices}; exceptions: {accepts}.",
    "mailing-signed": "Two people decided for mailing {mailing}: {doing}. Notices: {notices}; exceptions: {accepts}.",
    "protection-added": "What is done to protect people was written down.",
    "task-added": "Task {task} was given to {owner}.",
    "task-done": "Task {task} is done.",
    "task-reassigned": "Task {task} went to {owner}.",
    "attachment-added": "A file was attached: {bytes} bytes, SHA-256 {file_digest}.",
    "note-added": "A note was written.",
    "texts-erased": "What was written in event {number} was erased.",
    "reminder-sent": "A reminder was sent: {percent} % of the time for {rule} ({entity}) is over.",
}

# What is done with a mailing.
DOING_WORDS: Mapping[str, str] = {
    MailingAct.SEND: "send it",
    MailingAct.GO_ON: "let it go on",
    MailingAct.SEND_AGAIN: "send held notices again, though somebody may get one twice",
    MailingAct.GIVE_UP: "give up held notices, though somebody may have got none",
}

# The same as nouns, for "somebody changed this: …".
KIND_WORDS: Mapping[str, str] = {
    "opened": "the opening",
    "close-proposed": "a proposal to close",
    "closed": "the closing",
    "reopened": "the opening again",
    "measured": "a measurement",
    "corrected": "a corrected figure",
    "facts-changed": "the facts",
    "question-answered": "an answer to a question",
    "aware-proposed": "a proposed aware-time",
    "aware-signed": "the signed aware-time",
    "duties-decided": "what the engine says of the duties",
    "duty-proposed": "a proposal on a duty",
    "duty-accepted": "an accepted duty",
    "duty-rejected": "a rejected duty",
    "duty-met": "a duty that was done",
    "word-proposed": "a proposal on the word",
    "word-signed": "the word",
    "proposal-declined": "a declined proposal",
    "report-drafted": "a report’s draft",
    "report-proposed": "a report proposed for sending",
    "report-approved": "an approved report",
    "report-sent": "a sent report",
    "report-withdrawn": "a withdrawn report",
    "people-told": "people who were told",
    "mailing-proposed": "a proposal on a mailing",
    "mailing-signed": "a decision on a mailing",
    "protection-added": "a protection",
}


def sentence(moment: Moment) -> str:
    """Return what happened, in one sentence that nothing in it can turn or hide."""
    template = SENTENCES.get(moment.kind)
    if template is None:
        return printable(moment.kind)
    about = {name: printable(value) for name, value in moment.about.items()}
    if "doing" in about:
        about["doing"] = DOING_WORDS[moment.about["doing"]]
    return template.format(**about)
