"""What a reading of the catalog found, made and changed."""

from dataclasses import dataclass, field

from portal.dates.importing.keeping import Tally


@dataclass
class CatalogReport(Tally):
    courses: int = 0
    dates: int = 0
    made_courses: int = 0
    made_dates: int = 0
    changed_courses: int = 0
    changed_dates: int = 0
    # Dates whose partner value is empty, or belongs to nobody here.
    without_partner: int = 0
    # No longer sold by the shop, or no longer for this partner.
    gone: int = 0
    # Dates whose stock alone was read.
    stock: int = 0
    # Skus of courses that could not be taken in. Reading everything tries them again.
    failed: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        return dict(self.__dict__)

    def __str__(self) -> str:
        return (
            f"Read {self.courses} courses with {self.dates} dates: {self.made_courses} courses and {self.made_dates} "
            f"dates made, {self.changed_courses} courses and {self.changed_dates} dates changed, {self.gone} gone, "
            f"{self.without_partner} dates without a partner; stock of {self.stock} dates read"
            f"{'; failed: ' + ', '.join(self.failed) if self.failed else ''}."
        )
