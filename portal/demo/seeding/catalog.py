"""Who sells what: partners, courses with their dates, a voucher. Days count from the day of seeding."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.demo.seeding.descriptions import describe
from portal.integrations.shop.writing import NewCourse, NewDate, NewProduct

UNKNOWN_PARTNER = "10099"
VOUCHER = NewProduct("GUTSCHEIN-50", "Gutschein über 50 €", 5000, is_voucher=True)


@dataclass(frozen=True)
class SamplePartner:
    key: str
    customer_number: str
    company: str
    contact: str
    email: str
    phone: str
    postcode: str
    city: str


@dataclass(frozen=True)
class SampleCourse:
    """:param clock: when its dates start, on the wall :param days: one date each, never the day of seeding"""

    sku: str
    name: str
    english_name: str
    partner: str
    cents: int
    clock: time
    days: tuple[int, ...]
    seats: int = 10
    minutes: int = 180
    location: str = ""

    def starts_at(self, day: int, *, today: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(today + timedelta(days=day), self.clock, tzinfo=zone)

    def date_sku(self, day: int) -> str:
        """Stable, so that stories can name it: SUSHI-T9 is nine days ahead, SUSHI-V4 four days ago."""
        if self.is_single:
            return self.sku
        return f"{self.sku}-{'T' if day > 0 else 'V'}{abs(day)}"

    @property
    def is_single(self) -> bool:
        """A course without a choice of dates is one product in the shop."""
        return len(self.days) == 1

    def on_shelf(self, *, today: date, zone: ZoneInfo) -> NewCourse:
        dates = [
            NewDate(self.starts_at(day, today=today, zone=zone), seats=self.seats, sku=self.date_sku(day))
            for day in self.days
        ]
        return NewCourse(
            self.sku,
            self.name,
            self.partner,
            self.cents,
            dates,
            minutes=self.minutes,
            location=self.location,
            english_name=self.english_name,
            description=describe(self.sku),
            image=f"/{self.sku.lower()}.svg",
            is_single=self.is_single,
        )


PARTNERS = (
    SamplePartner(
        *("10001", "K-10001", "Kochschule Himmelblau", "Katharina Wölfl", "partner@demo.example"),
        *("+49 89 2345670", "80469", "München"),
    ),
    SamplePartner(
        *("10002", "K-10002", "Töpferei Lehmann & Töchter", "Jörg Lehmann", "partner2@demo.example"),
        *("+49 40 3456780", "20357", "Hamburg"),
    ),
    SamplePartner(
        *("10003", "K-10003", "Weinkontor Grünwald", "Bärbel Grünwald", "partner3@demo.example"),
        *("+49 711 456789", "70182", "Stuttgart"),
    ),
)

_KITCHEN = "Fraunhoferstraße 12, 80469 München"
_POTTERY = "Schanzenstraße 5, 20357 Hamburg"
_CELLAR = "Weberstraße 21, 70182 Stuttgart"

COURSES = (
    SampleCourse(
        *("SUSHI", "Sushi-Kurs für Einsteiger", "Sushi for beginners", "10001", 8900, time(18, 30)),
        *((-18, -11, -4, 1, 9, 23, 44), 12, 180, _KITCHEN),
    ),
    SampleCourse(
        *("PASTA", "Pasta wie in Bologna", "Pasta as in Bologna", "10001", 7900, time(18, 0)),
        *((-13, -2, 2, 12, 30), 10, 210, _KITCHEN),
    ),
    SampleCourse(
        *("THAI", "Thailändisch kochen", "Thai cooking", "10001", 8500, time(18, 30)),
        *((-7, 4, 16, 37, 58), 10, 180, _KITCHEN),
    ),
    SampleCourse(
        *("BROT", "Brot backen mit Sauerteig", "Baking bread with sourdough", "10001", 7500, time(10, 0)),
        *((-16, 6, 20, 41), 8, 300, _KITCHEN),
    ),
    SampleCourse(
        *("MACARONS", "Macarons: süß und bunt", "Macarons", "10001", 6900, time(14, 0)),
        *((-9, 5, 26, 54), 8, 150, _KITCHEN),
    ),
    SampleCourse(
        *("DREHEN", "Töpfern an der Drehscheibe", "Throwing on the wheel", "10002", 9500, time(17, 0)),
        *((-14, -3, 2, 10, 24, 45), 6, 180, _POTTERY),
    ),
    SampleCourse(
        *("AUFBAU", "Keramik: Schalen und Vasen", "Ceramics: bowls and vases", "10002", 6500, time(17, 30)),
        *((-10, 3, 18, 39), 8, 150, _POTTERY),
    ),
    SampleCourse(
        *("GESCHIRR", "Geschirr bemalen für Familien", "Painting dishes with the family", "10002", 4500),
        *(time(11, 0), (-5, 8, 29, 57), 14, 120, _POTTERY),
    ),
    SampleCourse(
        *("RAKU", "Raku-Brand unter freiem Himmel", "Raku firing in the open", "10002", 12000, time(13, 0)),
        *((33,), 6, 300, _POTTERY),
    ),
    SampleCourse(
        *("ROTWEIN", "Weinprobe: Rotes aus Württemberg", "Tasting: reds from Württemberg", "10003", 5900),
        *(time(19, 0), (-15, -6, 7, 21, 50), 16, 150, _CELLAR),
    ),
    SampleCourse(
        *("KAESE", "Käse und Wein", "Cheese and wine", "10003", 6900, time(19, 0)),
        *((-8, 3, 17, 40), 14, 150, _CELLAR),
    ),
    SampleCourse(
        *("GIN", "Gin-Tasting mit Ölen und Kräutern", "Gin tasting", "10003", 5500, time(19, 30)),
        *((-1, 11, 36, 60), 12, 120, _CELLAR),
    ),
    SampleCourse(
        *("RUM", "Cocktailkurs: Rum und Früchte", "Cocktails with rum", UNKNOWN_PARTNER, 6400, time(20, 0)),
        *((14, 35), 12, 120, "Lange Reihe 9, 20099 Hamburg"),
    ),
)


def course_by_sku(sku: str) -> SampleCourse:
    return next(course for course in COURSES if course.sku == sku)
