"""The two users who come with a real Chromium, each recorded by the browser itself as HAR.

In:    two people, the tracker, and nginx's port.
Out:   one HAR file each, bodies embedded; the sessions they had.
Else:  users without a browser are `visitors`.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from people import Person
from servers import MissingProgramError
from tracker_home import COOKIE, HOST, Tracker
from visitors import ISSUE_LIST, Session

SITE = f"http://{HOST}"
# Roundup's scripts and style sheet come with every page; they are the same for everybody, and not ours to ship.
WITHOUT_STATIC_FILES = re.compile(r"^(?!.*/@@file/)")


def find_chromium() -> str:
    """Return where Chromium is, or say how to get it."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        raise MissingProgramError(
            "Chromium is not installed. On Debian: apt-get install chromium. "
            "Or leave the browsers out with --without-browsers; the recording then has no HAR files."
        )
    return found


def browse(people: list[Person], files: list[Path], tracker: Tracker, port: int, seed: str) -> list[Session]:
    """Let each of the people visit the site in a context of one Chromium, taking turns page by page.

    people   who comes
    files    where each one's HAR goes
    port     nginx, on loopback; the browser knows the site by its name only
    """
    from playwright.sync_api import sync_playwright

    flags = [
        "--disable-gpu",
        "--no-proxy-server",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
        f"--host-resolver-rules=MAP {HOST}:80 127.0.0.1:{port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    sessions = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=flags)
        try:
            contexts = [
                browser.new_context(
                    record_har_path=file,
                    record_har_content="embed",
                    record_har_mode="full",
                    record_har_url_filter=WITHOUT_STATIC_FILES,
                    locale="en-GB",
                )
                for file in files
            ]
            pages = [context.new_page() for context in contexts]
            started = []
            for person, page in zip(people, pages):
                page.goto(SITE + "/sign-in")
                page.fill("input[name=__login_name]", person.login)
                page.fill("input[name=__login_password]", person.customer_id)
                started.append(datetime.now(UTC))  # The cookie is made a moment later; nobody had it before.
                with page.expect_navigation(url=lambda url: "ok_message" in url):
                    page.click("form:has(input[name=__login_name]) input[type=submit]")
            rng = random.Random(f"{seed} browsers")
            issues = rng.sample(tracker.issues, 2)
            for target in (
                "/account",
                "/",
                "/account",
                ISSUE_LIST.format(start=0),
                f"/issue{issues[0]}",
                "/rest/me",
                "/account",
                f"/issue{issues[1]}",
                "/user?@pagesize=10&@startwith=40",
                "own",
                "other",
                "/account",
            ):
                for person, page in zip(people, pages):
                    if target == "own":
                        page.goto(f"{SITE}/user{tracker.number_of[person.customer_id]}")
                    elif target == "other":
                        page.goto(f"{SITE}/user{rng.choice(sorted(tracker.number_of.values()))}")
                    else:
                        page.goto(SITE + target)
                    page.wait_for_timeout(150)
            for person, context, since in zip(people, contexts, started):
                [cookie] = [cookie["value"] for cookie in context.cookies(SITE) if cookie["name"] == COOKIE]
                context.close()  # Writes the HAR.
                sessions.append(Session(cookie, person.customer_id, since, datetime.now(UTC)))
        finally:
            browser.close()
    for file in files:
        # Without indentation and line breaks the file is a third smaller; the entries stay as the browser wrote them.
        file.write_text(
            json.dumps(json.loads(file.read_text("utf-8")), ensure_ascii=False, separators=(",", ":")), "utf-8"
        )
    return sessions
