from django.urls import path

from portal.dates.views import courses, detail, editing, listing, seats

app_name = "dates"
urlpatterns = [
    path("dashboard/dates", listing.date_list, name="list"),
    path("dashboard/dates/new", editing.create, name="create"),
    path("dashboard/dates/<int:pk>", detail.detail, name="detail"),
    path("dashboard/dates/<int:pk>/edit", editing.edit, name="edit"),
    path("dashboard/dates/<int:pk>/cancel", editing.cancel, name="cancel"),
    path("dashboard/dates/<int:pk>/restore", editing.restore, name="restore"),
    path("dashboard/dates/<int:pk>/elsewhere", seats.elsewhere, name="elsewhere"),
    path("dashboard/dates/<int:pk>/block", seats.block, name="block"),
    path("dashboard/dates/<int:pk>/seats/<int:entry_pk>/give-back", seats.give_back, name="give_back"),
    path("dashboard/dates/<int:pk>/capacity", seats.capacity, name="capacity"),
    path("dashboard/dates/<int:pk>/take-over", seats.take_over, name="take_over"),
]
# A namespace of their own, under an address of their own.
courses_urls = (
    [
        path("dashboard/courses", courses.course_list, name="list"),
        path("dashboard/courses/<int:pk>", courses.course_detail, name="detail"),
    ],
    "courses",
)
