"""Every address of the room. Each name needs its line in `permissions`."""

from __future__ import annotations

from allauth.socialaccount.providers.openid_connect.urls import urlpatterns as provider_urls
from django.urls import include, path, register_converter

from spillkit_server import accounts, provider_accounts, refusals
from spillkit_server.api import api
from spillkit_server.asking import ACTS
from spillkit_server.screens import (
    account,
    acting,
    attachments,
    checking,
    choosing,
    duties,
    facts,
    files,
    incident,
    incidents,
    keys,
    law,
    notices,
    report_form,
    reports,
    service_reports,
    texts,
)

handler400 = refusals.bad_request
handler403 = refusals.forbidden
handler404 = refusals.not_found
handler500 = refusals.failed


class CaseNumber:
    """A number that any database takes."""

    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class MailingName:
    """What can be the name of a mailing."""

    regex = "[A-Za-z0-9][A-Za-z0-9.-]{0,59}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CaseNumber, "case")
register_converter(MailingName, "mailing")

urlpatterns = [
    path("", incidents.incidents, name="incidents"),
    path("incidents/open/", incidents.open_incident, name="open-incident"),
    path("incidents/<case:number>/", incident.incident, name="incident"),
    path("incidents/<case:number>/duties/", duties.duties, name="incident-duties"),
    path("incidents/<case:number>/duties/<str:rule>/", duties.duty, name="incident-duty"),
    path("incidents/<case:number>/facts/", facts.facts, name="incident-facts"),
    path("incidents/<case:number>/facts/<str:what>/", facts.state_facts, name="state-facts"),
    path("incidents/<case:number>/figures/", incident.figures, name="incident-figures"),
    path("incidents/<case:number>/timeline/", incident.timeline, name="incident-timeline"),
    path("incidents/<case:number>/record/", incident.record, name="incident-record"),
    path("incidents/<case:number>/team/", incident.team, name="incident-team"),
    path("incidents/<case:number>/reports/", reports.reports, name="incident-reports"),
    path("incidents/<case:number>/reports/new/", report_form.report_new, name="incident-report-new"),
    path("incidents/<case:number>/reports/<str:report>/", reports.report, name="incident-report"),
    path("incidents/<case:number>/reports/<str:report>/edit/", report_form.report_edit, name="incident-report-edit"),
    path(
        "incidents/<case:number>/reports/<str:report>/report.<str:kind>",
        reports.report_file,
        name="incident-report-file",
    ),
    path("incidents/<case:number>/notices/", notices.notices, name="incident-notices"),
    path("incidents/<case:number>/notices/<mailing:mailing>/", notices.mailing, name="incident-mailing"),
    path(
        "incidents/<case:number>/notices/<mailing:mailing>/samples/", notices.samples, name="incident-mailing-samples"
    ),
    path("incidents/<case:number>/notices/<mailing:mailing>/stop/", notices.stop, name="incident-mailing-stop"),
    path(
        "incidents/<case:number>/notices/<mailing:mailing>/<str:name>",
        notices.mailing_file,
        name="incident-mailing-file",
    ),
    path("incidents/<case:number>/attach/", attachments.attach, name="incident-attach"),
    path("incidents/<case:number>/attachments/<str:digest>/", attachments.attachment, name="incident-attachment"),
    path("incidents/<case:number>/files/", files.files, name="incident-files"),
    path("incidents/<case:number>/files/<str:name>", files.file, name="incident-file"),
    path("incidents/<case:number>/measure/", incidents.measure_again, name="measure-again"),
    *(path(f"incidents/<case:number>/do/{name}/", acting.view_of(name), name=f"do-{name}") for name in ACTS),
    path("notices/languages/", texts.texts, name="texts"),
    path("notices/languages/take-back/<case:row>/", texts.take_back, name="take-back-text"),
    path("notices/languages/<str:tag>/", texts.text, name="text"),
    path("notices/languages/<str:tag>/sign/", texts.sign_text, name="sign-text"),
    path("check/", checking.check, name="check"),
    path("check/message/", checking.check_message, name="check-message"),
    path("check/customer/", checking.check_customer, name="check-customer"),
    path("check/fake/", checking.report_fake, name="report-fake"),
    path("check/fake/shown/", checking.decide_fake, name="decide-fake"),
    path("law/", law.law, name="law"),
    path("law/<str:code>/", law.law_book, name="law-book"),
    path("api/", api.urls),
    path("mail-service/<str:secret>/", service_reports.service_reports, name="mail-service-reports"),
    path("language", choosing.choose_language, name="language"),
    path("start/<str:secret>/", accounts.start, name="start"),
    path("account/login/", accounts.SignIn.as_view(), name="account_login"),
    path("account/", account.account, name="account"),
    path("account/test-mail/", account.test_mail, name="account-test-mail"),
    path("account/keys/", keys.keys, name="account-keys"),
    path("account/keys/new/", keys.new_key, name="account-new-key"),
    path("account/keys/<case:pk>/take-back/", keys.revoke_key, name="account-revoke-key"),
    path("account/", include("allauth.account.urls")),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("account/company/oidc/<str:provider_id>/login/", provider_accounts.set_out, name="openid_connect_login"),
    path("account/company/", include("allauth.socialaccount.urls")),
    path("account/company/", include(provider_urls)),
]
