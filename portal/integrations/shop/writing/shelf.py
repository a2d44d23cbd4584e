"""What stands on the shop's shelf: store views, attributes, courses with their dates, vouchers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.integrations.shop.writing.rows import RowWriter, stored

# The numbers are as good as any: a reader has to ask for them. Code, table, input, scope (0 store, 1 global).
_ATTRIBUTES = (
    (73, "name", "varchar", "text", 0),
    (75, "description", "text", "textarea", 0),
    (76, "short_description", "text", "textarea", 0),
    (77, "price", "decimal", "price", 1),
    (87, "image", "varchar", "media_image", 0),
    (97, "status", "int", "select", 1),
    (99, "visibility", "int", "select", 1),
    # The marketplace's own, by our names.
    (151, "partner", "varchar", "text", 1),
    (152, "course_date", "int", "select", 1),
    (153, "event_date", "datetime", "date", 1),
    (154, "event_time", "varchar", "text", 1),
    (155, "event_end", "varchar", "text", 1),
    (156, "location", "varchar", "text", 0),
    (157, "duration", "int", "text", 1),
    (158, "voucher", "int", "boolean", 1),
)
_PRODUCT_ENTITY_TYPE = 4
_WEEKDAYS = ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.")


@dataclass(frozen=True, slots=True)
class NewDate:
    starts_at: datetime
    seats: int = 10
    # None: the course's; "": written down as blank.
    partner: str | None = None
    sku: str = ""


@dataclass(frozen=True, slots=True)
class NewCourse:
    sku: str
    name: str
    partner: str | None
    price_cents: int
    dates: Sequence[NewDate]
    minutes: int = 180
    location: str = ""
    english_name: str = ""
    # HTML, as the shop's staff write it.
    description: str = ""
    # A path below the shop's folder for pictures of products.
    image: str = ""
    # A course without choice: one product that is its own only date.
    is_single: bool = False


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A voucher, or anything else that is no course."""

    sku: str
    name: str
    price_cents: int
    is_voucher: bool = False
    kind: str = "virtual"


@dataclass(frozen=True, slots=True)
class CourseIds:
    product_id: int
    # Product ids of the dates by sku.
    dates: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShelfDate:
    """A date that can be ordered, or is sold out."""

    sku: str
    course: str
    course_sku: str
    partner: str
    starts_at: datetime
    price_cents: int
    location: str
    spots_available: int


class Shelf:
    """Fills the catalog. Attribute codes are the settings' (our name → the shop's code)."""

    def __init__(self, rows: RowWriter, codes: dict[str, str], zone: ZoneInfo) -> None:
        self.rows = rows
        self.codes = codes
        self.zone = zone

    def set_up(self, *, at: datetime) -> None:
        """Everything a new shop has before its first product: two store views, attributes, configuration."""
        self.rows.allow_zero_ids()
        insert = self.rows.insert
        insert("store_website", website_id=1, code="base", name="Main Website")
        for store_id, code, name in ((0, "admin", "Admin"), (1, "default", "Deutsch"), (2, "en", "English")):
            website_id = 1 if store_id else 0
            insert(
                "store",
                store_id=store_id,
                code=code,
                website_id=website_id,
                group_id=1,
                name=name,
                is_active=1,
            )
        self._configure(at)
        insert(
            "eav_entity_type", entity_type_id=3, entity_type_code="catalog_category", entity_model="Category"
        )
        insert(
            "eav_entity_type",
            entity_type_id=_PRODUCT_ENTITY_TYPE,
            entity_type_code="catalog_product",
            entity_model="Product",
        )
        for number, code, table, kind, scope in _ATTRIBUTES:
            self._add_attribute(number, self.codes.get(code, code), table, kind, scope)

    def add_course(self, course: NewCourse, *, at: datetime) -> CourseIds:
        if course.is_single:
            return self._add_single(course, at)
        product_id = self._add_entity("configurable", course.sku, course.name, at)
        self._describe_course(product_id, course)
        self.rows.insert(
            "catalog_product_super_attribute",
            product_id=product_id,
            attribute_id=self._attribute("course_date")[0],
        )
        dates = {}
        for day in course.dates:
            sku = day.sku or f"{course.sku}-{day.starts_at.astimezone(self.zone):%Y%m%d-%H%M}"
            dates[sku] = self._add_date(sku, product_id, course, day, at)
        return CourseIds(product_id, dates)

    def add_product(self, product: NewProduct, *, at: datetime) -> int:
        product_id = self._add_entity(product.kind, product.sku, product.name, at)
        self.put(product_id, "price", product.price_cents / 100)
        if product.is_voucher:
            self.put(product_id, "voucher", 1)
        return product_id

    def put(self, product_id: int, name: str, value: object, *, store_id: int = 0) -> None:
        """Set a value of a product; `name` is our name of the attribute, or Magento's for its own."""
        attribute_id, table = self._attribute(name)
        key = (attribute_id, product_id, store_id)
        self.rows.run(
            f"DELETE FROM {{{table}}} WHERE attribute_id = %s AND entity_id = %s AND store_id = %s",  # noqa: S608 -- own names
            *key,
        )
        self.rows.insert(table, attribute_id=key[0], entity_id=key[1], store_id=key[2], value=value)

    def touch(self, product_id: int, *, at: datetime) -> None:
        """What saving a product does beside its values."""
        self.rows.run(
            "UPDATE {catalog_product_entity} SET updated_at = %s WHERE entity_id = %s", stored(at), product_id
        )

    def value(self, product_id: int, name: str) -> Any:
        """In the default store view; None when there is none."""
        attribute_id, table = self._attribute(name)
        found = self.rows.rows(
            f"SELECT value FROM {{{table}}} WHERE attribute_id = %s AND entity_id = %s AND store_id = 0",  # noqa: S608
            *(attribute_id, product_id),
        )
        return found[0][0] if found else None

    def attribute_id(self, name: str) -> int:
        return self._attribute(name)[0]

    def option_label(self, option_id: int) -> str:
        found = self.rows.rows(
            "SELECT value FROM {eav_attribute_option_value} WHERE store_id = 0 AND option_id = %s", option_id
        )
        return str(found[0][0]) if found else ""

    def delete_product(self, product_id: int) -> None:
        """Gone with its values and links, as Magento's foreign keys would take them. Order rows stay."""
        for kind in ("varchar", "int", "decimal", "text", "datetime"):
            self.rows.run(f"DELETE FROM {{catalog_product_entity_{kind}}} WHERE entity_id = %s", product_id)  # noqa: S608
        self.rows.run(
            "DELETE FROM {catalog_product_super_link} WHERE product_id = %s OR parent_id = %s",
            product_id,
            product_id,
        )
        self.rows.run("DELETE FROM {catalog_product_entity} WHERE entity_id = %s", product_id)

    def _configure(self, at: datetime) -> None:
        for scope, scope_id, path, value in (
            ("default", 0, "general/locale/code", "de_DE"),
            ("stores", 2, "general/locale/code", "en_GB"),
            ("default", 0, "general/locale/timezone", self.zone.key),
            ("default", 0, "currency/options/base", "EUR"),
            ("default", 0, "tax/calculation/price_includes_tax", "1"),
        ):
            self.rows.insert(
                "core_config_data",
                scope=scope,
                scope_id=scope_id,
                path=path,
                value=value,
                updated_at=stored(at),
            )

    def _add_attribute(self, number: int, code: str, table: str, kind: str, scope: int) -> None:
        self.rows.insert(
            "eav_attribute",
            attribute_id=number,
            entity_type_id=_PRODUCT_ENTITY_TYPE,
            attribute_code=code,
            backend_type=table,
            frontend_input=kind,
            frontend_label=code,
        )
        self.rows.insert("catalog_eav_attribute", attribute_id=number, is_global=scope)

    def _attribute(self, name: str) -> tuple[int, str]:
        found = self.rows.rows(
            "SELECT attribute_id, backend_type FROM {eav_attribute} "
            "WHERE attribute_code = %s AND entity_type_id = %s",
            self.codes.get(name, name),
            _PRODUCT_ENTITY_TYPE,
        )
        return int(found[0][0]), f"catalog_product_entity_{found[0][1]}"

    def _add_entity(self, kind: str, sku: str, name: str, at: datetime) -> int:
        product_id = self.rows.insert(
            "catalog_product_entity",
            "entity_id",
            attribute_set_id=9,
            type_id=kind,
            sku=sku,
            created_at=stored(at),
            updated_at=stored(at),
        )
        self.put(product_id, "name", name)
        self.put(product_id, "status", 1)
        return product_id

    def _add_single(self, course: NewCourse, at: datetime) -> CourseIds:
        day = course.dates[0]
        product_id = self._add_entity("virtual", course.sku, course.name, at)
        self._describe_course(product_id, course)
        self._describe_date(product_id, course.sku, course, day)
        return CourseIds(product_id, {course.sku: product_id})

    def _add_date(self, sku: str, course_id: int, course: NewCourse, day: NewDate, at: datetime) -> int:
        label = date_label(day.starts_at.astimezone(self.zone))
        product_id = self._add_entity("virtual", sku, f"{course.name} – {label}", at)
        self._describe_date(product_id, sku, course, day)
        self.put(product_id, "visibility", 1)
        self.put(product_id, "course_date", self._option(label))
        if day.partner is not None:
            self.put(product_id, "partner", day.partner)
        self.rows.insert("catalog_product_super_link", product_id=product_id, parent_id=course_id)
        return product_id

    def _describe_course(self, product_id: int, course: NewCourse) -> None:
        if course.partner is not None:
            self.put(product_id, "partner", course.partner)
        self.put(product_id, "duration", course.minutes)
        if course.location:
            self.put(product_id, "location", course.location)
        self.put(product_id, "visibility", 4)
        for name, value in (("description", course.description), ("image", course.image)):
            if value:
                self.put(product_id, name, value)
        if course.english_name:
            self.put(product_id, "name", course.english_name, store_id=2)

    def _describe_date(self, product_id: int, sku: str, course: NewCourse, day: NewDate) -> None:
        starts = day.starts_at.astimezone(self.zone)
        self.put(product_id, "price", course.price_cents / 100)
        self.put(product_id, "event_date", datetime(starts.year, starts.month, starts.day))  # noqa: DTZ001 -- wall date
        self.put(product_id, "event_time", f"{starts:%H:%M}")
        self.put(product_id, "event_end", f"{starts + timedelta(minutes=course.minutes):%H:%M}")
        self.rows.insert(
            "inventory_source_item", source_code="default", sku=sku, quantity=day.seats, status=1
        )

    def _option(self, label: str) -> int:
        found = self.rows.rows(
            "SELECT option_id FROM {eav_attribute_option_value} WHERE store_id = 0 AND value = %s", label
        )
        if found:
            return int(found[0][0])
        attribute_id, _ = self._attribute("course_date")
        option_id = self.rows.insert("eav_attribute_option", "option_id", attribute_id=attribute_id)
        self.rows.insert("eav_attribute_option_value", option_id=option_id, store_id=0, value=label)
        return option_id


def date_label(starts: datetime) -> str:
    return f"{_WEEKDAYS[starts.weekday()]} {starts:%d.%m.%Y %H:%M}"
