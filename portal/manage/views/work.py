"""What is broken, what waits, and what the import did."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from procrastinate.contrib.django import app

from portal.bookings import operations
from portal.bookings.queries import count_all_pending, import_runs, open_questions
from portal.core import jobs, outbox, registry
from portal.core.clock import now
from portal.core.http import is_fragment
from portal.core.models import OutboxMail
from portal.dates.queries_catalog import catalog_runs
from portal.manage import policies, queries, wording
from portal.manage.queries_dates import date_counts
from portal.manage.views.answers import page_or_part
from portal.partners.access import ManagerRequest, manager_required


@require_GET
@manager_required
def home(request: ManagerRequest) -> HttpResponse:
    at = now()
    context: dict[str, Any] = {"problems": registry.problems(at), "now": at}
    if not is_fragment(request):
        # Of all there are: not anew with every change of any partner's bookings.
        context |= {"pending": count_all_pending(), "counts": date_counts(at=at)}
    return page_or_part(request, "manage/home.html#problems", context)


@require_GET
@manager_required
def waiting(request: ManagerRequest) -> HttpResponse:
    found = queries.waiting_jobs()
    context = {
        "stuck": [job for job in found if job.is_stuck],
        "retrying": [job for job in found if not job.is_stuck],
        "refused_mails": queries.refused_mails(),
        "now": now(),
    }
    return page_or_part(request, "manage/waiting.html#waiting", context)


@require_POST
@manager_required
def retry_job(request: ManagerRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(queries.jobs_to_retry(), pk=pk)
    if job.status == "failed":
        app.job_manager.retry_job_by_id(job.pk, retry_at=now())
    else:
        jobs.run_soon(job.pk, at=now())
    messages.success(request, _("It is tried again now."))
    return redirect("manage:waiting")


@require_POST
@manager_required
def send_mail_again(request: ManagerRequest, pk: int) -> HttpResponse:
    outbox.send_again(get_object_or_404(OutboxMail, pk=pk, state=OutboxMail.State.FAILED))
    messages.success(request, _("The e-mail is tried again now."))
    return redirect("manage:waiting")


@require_GET
@manager_required
def questions(request: ManagerRequest) -> HttpResponse:
    context = {"questions": list(open_questions()[: queries.MOST_ROWS]), "now": now()}
    return page_or_part(request, "manage/questions.html#questions", context)


@require_POST
@manager_required
def settle_question(request: ManagerRequest, pk: int) -> HttpResponse:
    booking = get_object_or_404(open_questions(), pk=pk)
    operations.settle_staff_question(booking, actor=request.user.actor, at=now())
    messages.success(request, _("Done. The booking keeps its state."))
    return redirect("manage:questions")


@require_GET
@manager_required
def imports(request: ManagerRequest) -> HttpResponse:
    runs = [
        {"run": run, "way": wording.way_text(run.way), "report": wording.report_text(run.report)}
        for run in import_runs()
    ]
    return page_or_part(
        request,
        "manage/imports.html#runs",
        {
            "runs": runs,
            "catalog_runs": _catalog_runs(),
            "import_blocker": policies.import_blocker(),
            "now": now(),
        },
    )


def _catalog_runs() -> list[dict[str, Any]]:
    return [
        {
            "run": run,
            "way": wording.catalog_way_text(run.way),
            "report": wording.catalog_text(run.report),
        }
        for run in catalog_runs()
    ]


@require_POST
@manager_required
def import_now(request: ManagerRequest) -> HttpResponse:
    if blocker := policies.import_blocker():
        messages.error(request, blocker.label)
    else:
        jobs.defer_alone("bookings.import_changed")
        jobs.defer_alone("dates.import_changed")
        messages.success(request, _("The shop is being read. The result appears here in a moment."))
    return redirect("manage:imports")
