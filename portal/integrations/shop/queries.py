"""The statements of the reader: plain SQL that MySQL 5.7, MariaDB and PostgreSQL understand alike.

Columns are named one by one, because releases differ in the others. Everything is asked for a page of orders or courses
at a time, so a page costs the same number of statements whatever its size.
"""

# total_due is not read: Magento computes it, and the column may be empty.
ORDERS = """
    SELECT o.entity_id, o.increment_id, o.store_id, o.state, o.status, o.created_at, o.updated_at,
           o.order_currency_code, ROUND(COALESCE(o.grand_total, 0) * 100),
           ROUND(COALESCE(o.total_paid, 0) * 100), ROUND(COALESCE(o.total_refunded, 0) * 100),
           o.relation_parent_id, o.relation_child_id,
           o.customer_firstname, o.customer_lastname, o.customer_email, o.customer_note
    FROM {sales_order} o
"""
# The first comparison is for the index, the second steps over what is known of that very second.
CHANGED = f"""{ORDERS}
    WHERE o.updated_at >= %s AND (o.updated_at > %s OR o.entity_id > %s)
    ORDER BY o.updated_at, o.entity_id LIMIT %s
"""
AFTER_ID = ORDERS + " WHERE o.entity_id > %s ORDER BY o.entity_id LIMIT %s"
BY_ID = ORDERS + " WHERE o.entity_id IN (<ids>) ORDER BY o.entity_id"

# Orders whose own row stayed as it was: their id, by what was written beside them.
TOUCHED = """
    SELECT t.order_id FROM (
        SELECT h.parent_id AS order_id FROM {sales_order_status_history} h WHERE h.created_at >= %s
        UNION SELECT i.order_id FROM {sales_invoice} i WHERE i.updated_at >= %s
        UNION SELECT m.order_id FROM {sales_creditmemo} m WHERE m.updated_at >= %s
    ) t JOIN {sales_order} o ON o.entity_id = t.order_id
    WHERE o.updated_at < %s AND t.order_id > %s
    ORDER BY t.order_id LIMIT %s
"""

ADDRESSES = """
    SELECT a.parent_id, a.address_type, a.firstname, a.lastname, a.email, a.telephone
    FROM {sales_order_address} a WHERE a.parent_id IN (<ids>) ORDER BY a.entity_id DESC
"""
PAYMENTS = """
    SELECT p.parent_id, p.method FROM {sales_order_payment} p
    WHERE p.parent_id IN (<ids>) ORDER BY p.entity_id DESC
"""
# Quantity and money stand on the top-level row. The row below it carries wrong ones (its qty_canceled
# stays 0), but names the date.
LINES = """
    SELECT i.order_id, i.item_id, i.product_id, i.product_type, i.sku, i.name,
           COALESCE(i.qty_ordered, 0),
           COALESCE(i.qty_ordered, 0) - COALESCE(i.qty_canceled, 0) - COALESCE(i.qty_refunded, 0),
           ROUND((COALESCE(i.row_total, 0) + COALESCE(i.tax_amount, 0)
                  + COALESCE(i.discount_tax_compensation_amount, 0)
                  + COALESCE(i.weee_tax_applied_row_amount, 0)
                  - COALESCE(i.discount_amount, 0)) * 100),
           ROUND(i.price_incl_tax * 100), i.product_options, c.product_id
    FROM {sales_order_item} i
    LEFT JOIN {sales_order_item} c ON c.order_id = i.order_id AND c.parent_item_id = i.item_id
    WHERE i.order_id IN (<ids>) AND i.parent_item_id IS NULL ORDER BY i.item_id, c.item_id
"""

PRODUCTS = """
    SELECT e.entity_id, e.sku, e.type_id<columns> FROM {catalog_product_entity} e<joins>
    WHERE e.entity_id IN (<ids>)
"""
VALUE_JOIN = """
    LEFT JOIN {<table>} <alias>
      ON <alias>.entity_id = e.entity_id AND <alias>.attribute_id = %s AND <alias>.store_id = 0"""
STORE_VALUES = """
    SELECT v.entity_id, v.attribute_id, v.store_id, v.value FROM {<table>} v
    WHERE v.entity_id IN (<ids>) AND v.attribute_id IN (<attributes>) AND v.store_id IN (<stores>)
"""
IDS_BY_SKU = "SELECT e.sku, e.entity_id FROM {catalog_product_entity} e WHERE e.sku IN (<ids>)"
COURSES_OF_DATES = """
    SELECT l.product_id, l.parent_id FROM {catalog_product_super_link} l
    WHERE l.product_id IN (<ids>) ORDER BY l.parent_id DESC
"""

# A course is a product that is no date of another one.
COURSE_IDS = """
    SELECT e.entity_id FROM {catalog_product_entity} e
    WHERE e.entity_id > %s
      AND NOT EXISTS (SELECT 1 FROM {catalog_product_super_link} l WHERE l.product_id = e.entity_id)
    ORDER BY e.entity_id LIMIT %s
"""
CHANGED_COURSE_IDS = """
    SELECT DISTINCT COALESCE(l.parent_id, e.entity_id) AS course_id
    FROM {catalog_product_entity} e
    LEFT JOIN {catalog_product_super_link} l ON l.product_id = e.entity_id
    WHERE e.updated_at >= %s AND COALESCE(l.parent_id, e.entity_id) > %s
    ORDER BY course_id LIMIT %s
"""
COURSE_IDS_OF_PARTNER = """
    SELECT DISTINCT COALESCE(l.parent_id, v.entity_id) AS course_id
    FROM {<table>} v
    LEFT JOIN {catalog_product_super_link} l ON l.product_id = v.entity_id
    WHERE v.attribute_id = %s AND <value> = %s AND COALESCE(l.parent_id, v.entity_id) > %s
    ORDER BY course_id LIMIT %s
"""
DATES_OF_COURSES = """
    SELECT l.product_id FROM {catalog_product_super_link} l WHERE l.parent_id IN (<ids>)
"""
OPTION_LABELS = """
    SELECT o.option_id, o.value FROM {eav_attribute_option_value} o
    WHERE o.store_id = 0 AND o.option_id IN (<ids>)
"""

# Seats of all sources and stocks together: a room is full whoever sells its seats. Naming the stocks lets the index
# help; without them every reservation of the shop would be read.
STOCK_IDS = "SELECT DISTINCT r.stock_id FROM {inventory_reservation} r"
IN_STOCK = """
    SELECT s.sku, SUM(CASE WHEN s.status = 1 THEN s.quantity ELSE 0 END) FROM {inventory_source_item} s
    WHERE s.sku IN (<ids>) GROUP BY s.sku
"""
RESERVED = """
    SELECT r.sku, SUM(r.quantity) FROM {inventory_reservation} r
    WHERE r.stock_id IN (<stocks>) AND r.sku IN (<ids>) GROUP BY r.sku
"""

ATTRIBUTES = """
    SELECT a.attribute_code, a.attribute_id, a.backend_type, c.is_global
    FROM {eav_attribute} a
    JOIN {eav_entity_type} t ON t.entity_type_id = a.entity_type_id AND t.entity_type_code = 'catalog_product'
    LEFT JOIN {catalog_eav_attribute} c ON c.attribute_id = a.attribute_id
    WHERE a.attribute_code IN (<ids>)
"""
CONFIGURATION = """
    SELECT c.scope, c.scope_id, c.path, c.value FROM {core_config_data} c WHERE c.path IN (<ids>)
"""
STORES = "SELECT s.store_id, s.website_id FROM {store} s"

NUMBERS = """
    SELECT o.entity_id, o.increment_id, o.store_id FROM {sales_order} o WHERE o.increment_id IN (<ids>)
"""
EXISTING = "SELECT o.entity_id FROM {sales_order} o WHERE o.entity_id IN (<ids>)"

EVENT_TIMES = """
    SELECT d.value, t.value FROM {catalog_product_entity_datetime} d
    JOIN {catalog_product_entity_varchar} t
      ON t.entity_id = d.entity_id AND t.attribute_id = %s AND t.store_id = 0
    WHERE d.attribute_id = %s AND d.store_id = 0 ORDER BY d.value_id DESC LIMIT 50
"""
PROBE = "SELECT <columns> FROM {<table>} WHERE 1 = 0"
CLOCK = "SELECT CURRENT_TIMESTAMP"

# What `check` tries: every table the statements above read, with the columns they name.
READ_COLUMNS = {
    "sales_order": "entity_id increment_id store_id state status created_at updated_at order_currency_code "
    "grand_total total_paid total_refunded relation_parent_id relation_child_id "
    "customer_firstname customer_lastname customer_email customer_note",
    "sales_order_item": "order_id item_id parent_item_id product_id product_type sku name "
    "qty_ordered qty_canceled qty_refunded row_total tax_amount discount_tax_compensation_amount "
    "weee_tax_applied_row_amount discount_amount price_incl_tax product_options",
    "sales_order_address": "entity_id parent_id address_type firstname lastname email telephone",
    "sales_order_payment": "entity_id parent_id method",
    "sales_order_status_history": "parent_id created_at",
    "sales_invoice": "order_id updated_at",
    "sales_creditmemo": "order_id updated_at",
    "catalog_product_entity": "entity_id sku type_id updated_at",
    "catalog_product_entity_varchar": "value_id entity_id attribute_id store_id value",
    "catalog_product_entity_int": "value_id entity_id attribute_id store_id value",
    "catalog_product_entity_decimal": "value_id entity_id attribute_id store_id value",
    "catalog_product_entity_text": "value_id entity_id attribute_id store_id value",
    "catalog_product_entity_datetime": "value_id entity_id attribute_id store_id value",
    "catalog_product_super_link": "product_id parent_id",
    "eav_attribute": "attribute_id attribute_code entity_type_id backend_type",
    "eav_attribute_option_value": "option_id store_id value",
    "eav_entity_type": "entity_type_id entity_type_code",
    "catalog_eav_attribute": "attribute_id is_global",
    "core_config_data": "scope scope_id path value",
    "store": "store_id website_id",
}
# Without these everything else can still be read.
STOCK_COLUMNS = {
    "inventory_source_item": "sku quantity status",
    "inventory_reservation": "stock_id sku quantity",
}
