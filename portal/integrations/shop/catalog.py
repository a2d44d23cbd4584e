"""The shop's catalog: attributes by their codes, products with the few values we read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.integrations.shop import ShopUnreadable, queries
from portal.integrations.shop.database import Session, placeholders
from portal.integrations.shop.parsing import number, text

# Kept by Magento itself under these codes; all others are named by the settings.
STOCK_ATTRIBUTES = {"name": "name", "price": "price"}
# What only the catalog itself is read for.
CONTENT_ATTRIBUTES = {
    name: name for name in ("description", "short_description", "image", "status", "visibility")
}
BACKENDS = ("varchar", "int", "decimal", "text", "datetime")
_MIN_STOCK = "cataloginventory/item_options/min_qty"
_PATHS = (
    "general/locale/code",
    "general/locale/timezone",
    "tax/calculation/price_includes_tax",
    _MIN_STOCK,
)


@dataclass(frozen=True, slots=True)
class Attribute:
    attribute_id: int
    table: str
    # Magento ignores what a store view holds of a global attribute; so do we.
    varies_by_store: bool


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What holds for every order of a call. Read once at its start, so a change in the shop is seen soon."""

    # By our own name for them: "partner", "event_date", …; those the shop does not have are left out.
    attributes: dict[str, Attribute]
    # By store id.
    languages: dict[int, str]
    prices_include_tax: bool
    # So many in stock are not sold any more.
    min_stock: int


@dataclass(slots=True)
class Product:
    product_id: int
    sku: str
    type_id: str
    values: dict[str, Any]
    store_values: dict[tuple[str, int], Any] = field(default_factory=dict)

    def value(self, name: str, store_id: int = 0) -> Any:
        # A row without a value in the store view hides the default: so does Magento.
        return self.store_values.get((name, store_id), self.values.get(name))


def read_facts(session: Session, codes: dict[str, str]) -> ShopFacts:
    """:raises ShopUnreadable: without the partner attribute every order would look like nobody's"""
    attributes = read_attributes(session, codes)
    if "partner" not in attributes:
        code = codes["partner"]
        raise ShopUnreadable(f"The shop has no product attribute “{code}”, which names the partner.")
    configuration = read_configuration(session)
    return ShopFacts(
        attributes=attributes,
        languages=_languages(session, configuration),
        prices_include_tax=configuration.get(("default", 0, "tax/calculation/price_includes_tax")) == "1",
        min_stock=number(configuration.get(("default", 0, _MIN_STOCK))) or 0,
    )


def read_attributes(session: Session, codes: dict[str, str]) -> dict[str, Attribute]:
    wanted = {**STOCK_ATTRIBUTES, **codes}
    found = {
        code: Attribute(attribute_id, f"catalog_product_entity_{backend}", is_global != 1)
        for code, attribute_id, backend, is_global in ask(session, queries.ATTRIBUTES, list(wanted.values()))
        if backend in BACKENDS
    }
    return {name: found[code] for name, code in wanted.items() if code in found}


def read_configuration(session: Session) -> dict[tuple[str, int, str], str]:
    return {
        (scope, scope_id, path): value or ""
        for scope, scope_id, path, value in ask(session, queries.CONFIGURATION, _PATHS)
    }


def read_products(
    session: Session, facts: ShopFacts, ids: Collection[int], *, without: Collection[str] = ("course_date",)
) -> dict[int, Product]:
    """The products that exist among these, one row each: joins are cheaper here than one row per value.

    :param without: names of attributes that are not needed
    """
    if not ids:
        return {}
    names = [name for name in facts.attributes if name not in without]
    columns = "".join(f", v{place}.value" for place in range(len(names)))
    joins = "".join(
        queries.VALUE_JOIN.replace("<alias>", f"v{place}").replace("<table>", facts.attributes[name].table)
        for place, name in enumerate(names)
    )
    statement = queries.PRODUCTS.replace("<columns>", columns).replace("<joins>", joins)
    attribute_ids = [facts.attributes[name].attribute_id for name in names]
    rows = session.rows(statement.replace("<ids>", placeholders(list(ids))), [*attribute_ids, *ids])
    return {row[0]: Product(row[0], row[1], row[2], dict(zip(names, row[3:], strict=True))) for row in rows}


def add_store_values(
    session: Session, facts: ShopFacts, products: dict[int, Product], stores: Collection[int]
) -> None:
    """Lay over the products what single store views say differently of the marketplace's own attributes."""
    left_alone = {*STOCK_ATTRIBUTES, *CONTENT_ATTRIBUTES, "course_date"}
    varying = {
        attribute.attribute_id: (name, attribute.table)
        for name, attribute in facts.attributes.items()
        if attribute.varies_by_store and name not in left_alone
    }
    for table in sorted({table for _, table in varying.values()}):
        ids = [attribute_id for attribute_id, (_, where) in varying.items() if where == table]
        for product_id, attribute_id, store_id, value in _store_rows(session, table, products, ids, stores):
            products[product_id].store_values[varying[attribute_id][0], store_id] = value


def prefer_default(products: Iterable[Product]) -> None:
    """What the default store view leaves empty, the first store view that says something says."""
    for product in products:
        for (name, _store), value in sorted(product.store_values.items(), key=lambda item: item[0][1]):
            if text(value) and not text(product.values.get(name)):
                product.values[name] = value
        product.store_values.clear()


def ask(session: Session, statement: str, values: Sequence[object]) -> Iterable[tuple[Any, ...]]:
    """The rows of a statement for a list of values; none for none."""
    return session.rows(statement.replace("<ids>", placeholders(values)), values) if values else []


def _store_rows(
    session: Session, table: str, products: Collection[int], ids: Sequence[int], stores: Collection[int]
) -> list[tuple[Any, ...]]:
    if not products or not stores:
        return []
    statement = (
        queries.STORE_VALUES.replace("<table>", table)
        .replace("<ids>", placeholders(list(products)))
        .replace("<attributes>", placeholders(ids))
        .replace("<stores>", placeholders(list(stores)))
    )
    return session.rows(statement, [*products, *ids, *stores])


def _languages(session: Session, configuration: dict[tuple[str, int, str], str]) -> dict[int, str]:
    """The nearest scope that says a locale wins: store view, website, default."""
    path = "general/locale/code"
    languages = {}
    for store_id, website_id in session.rows(queries.STORES):
        locale = (
            configuration.get(("stores", store_id, path))
            or configuration.get(("websites", website_id, path))
            or configuration.get(("default", 0, path), "")
        )
        languages[store_id] = "en" if locale.startswith("en") else "de"
    return languages
