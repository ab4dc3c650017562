"""A real Postfix from Debian's packages on loopback: it relays to a server of our own, and delivers one domain into a Maildir."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IS_HERE = shutil.which("postfix") is not None and os.geteuid() == 0

MAILDIR_DOMAIN = "maildir.example"
_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.org
mydestination =
local_recipient_maps =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{onward}
disable_dns_lookups = yes
smtp_tls_security_level = none
maximal_queue_lifetime = 0
bounce_queue_lifetime = 1h
smtputf8_enable = yes
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
import_environment = MAIL_CONFIG
virtual_mailbox_domains = {MAILDIR_DOMAIN}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
scache unix - - n - 1 scache
virtual unix - n n - - virtual
discard unix - - n - - discard
"""


@contextmanager
def serve_postfix(port: int, onward: int, *, discards: bool = False) -> Iterator[Path]:
    """Run Postfix on `port`; every mail goes on to `onward`, what is put off there is returned at once. Gives its log.

    Mail to MAILDIR_DOMAIN is delivered into the Maildir `mail/box` beside the log.

    discards  instead, whatever was queued goes nowhere: only taking it is of interest
    """
    folder = Path(tempfile.mkdtemp(prefix="spill-postfix-"))
    folder.chmod(0o755)
    for name in ("queue", "data", "etc", "mail"):
        (folder / name).mkdir(mode=0o755)
    shutil.chown(folder / "mail", "nobody", "nogroup")
    shutil.chown(folder / "data", "postfix", "postfix")
    settings = _MAIN.format(folder=folder, onward=onward, MAILDIR_DOMAIN=MAILDIR_DOMAIN)
    (folder / "etc" / "main.cf").write_text(settings + ("default_transport = discard:\n" if discards else ""))
    (folder / "etc" / "master.cf").write_text(_MASTER.format(port=port))
    command = ["postfix", "-c", str(folder / "etc")]
    try:
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=30)
        yield folder / "log"
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True, timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
