"""A database like a large marketplace's: 10,000 partners of very different size, with a million bookings."""

import psycopg

# ruff: noqa: E501 -- wide tables have wide rows

# Raw rows need not repeat what the models' own defaults say; this database is thrown away afterwards.
DEFAULTS = """
DO $$
DECLARE each record;
BEGIN
    FOR each IN
        SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name LIKE 'miomente_%' AND is_nullable = 'NO'
          AND column_default IS NULL AND is_identity = 'NO'
          AND data_type IN ('character varying', 'text', 'boolean', 'smallint', 'integer', 'time without time zone')
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT %L', each.table_name, each.column_name,
            CASE each.data_type WHEN 'boolean' THEN 'true' WHEN 'time without time zone' THEN '21:00'
                 WHEN 'smallint' THEN '1' WHEN 'integer' THEN '1' ELSE '' END);
    END LOOP;
END $$
"""

PARTNERS = """
INSERT INTO miomente_partner_portal_partners
    (id, magento_partner_id, customer_number, company, email, language, time_zone, created_at)
SELECT p, p::text, 'K' || p, 'Kochschule ' || p, 'partner' || p || '@example.org', 'de', 'Europe/Berlin', now()
FROM generate_series(1, %(partners)s) p;
"""

COURSES = """
INSERT INTO miomente_partner_portal_courses (id, partner_id, magento_product_id, sku, name, created_at)
SELECT c, (c - 1) %% %(partners)s + 1, c, 'KURS-' || c,
       (ARRAY['Sushi-Kurs', 'Brotbackkurs', 'Weinprobe', 'Töpferkurs', 'Barista-Kurs', 'Pasta-Kurs'])[c %% 6 + 1]
       || ' ' || c, now()
FROM generate_series(1, %(partners)s * 2) c;
"""

# Twelve dates of each course, from two years ago to half a year ahead.
DATES = """
INSERT INTO miomente_partner_portal_course_dates
    (id, partner_id, course_id, magento_product_id, starts_on, starts_time, starts_at, time_zone, uid, sequence, created_at)
SELECT d, (c - 1) %% %(partners)s + 1, c, 1000000 + d, day, '18:00', (day + time '18:00') AT TIME ZONE 'Europe/Berlin',
       'Europe/Berlin', gen_random_uuid(), 0, now()
FROM (SELECT d, (d - 1) / 12 + 1 AS c, current_date - 730 + ((d * 7919) %% 910)::int AS day
      FROM generate_series(1, %(partners)s * 2 * 12) d) each;
"""

# A few partners have thousands of bookings, most have dozens: the square of an even number.
CUSTOMERS = """
CREATE UNLOGGED TABLE bench AS
SELECT n, 1 + floor(%(partners)s * power(((n::bigint * 104729) %% 1000003) / 1000003.0, 2))::int AS partner_id,
       (n::bigint * 31) %% 24 AS date_number, (n::bigint * 48271) %% 100 AS dice
FROM generate_series(1, %(bookings)s) n;
INSERT INTO miomente_partner_portal_customers
    (id, partner_id, magento_order_id, first_name, last_name, email, phone)
SELECT n, partner_id, n,
       (ARRAY['Jürgen','Anna','Max','Sabine','Özlem','Björn','Katharina','Uwe','Renate','Lukas','Mia','Grażyna'])[n %% 12 + 1],
       (ARRAY['Mül','Schnei','Hof','Stei','Grö','Weiß','Kai','Bau','Zim','Lin','Kö','Fuchs','Rich','Wag','Neu'])[n / 12 %% 15 + 1]
       || (ARRAY['ler','der','mann','ner','ning','burg','ser','er','mermann','dner','nig','huber','ter','stein'])[n / 180 %% 14 + 1]
       || (ARRAY['','-Schmidt','-Lenz','hofer','ski','sen'])[n / 2520 %% 6 + 1],
       'kunde' || n || '@example.org', '0171 ' || n
FROM bench;
"""

BOOKINGS = """
INSERT INTO miomente_partner_portal_booking_confirmations
    (id, partner_id, customer_number, magento_order_id, magento_order_item_id, magento_order_increment_id, part, generation,
     customer_id, course_id, course_date_id, course_name, starts_on, starts_at, participants, ordered_at, shop_state,
     shop_participants, shop_price_cents, shop_currency, shop_payment_status, shop_payment_method, shop_read_at,
     status, version, change_count, released_at, asked_at, confirmed_at, confirmed_by, declined_at, declined_by,
     decline_reason, cancelled_at, expired_at, settles_at, settled_at, undo_status, reminder_count, created_at, updated_at)
SELECT n, partner_id, 'K' || partner_id, n, n, lpad(n::text, 9, '0'), 1, 1, n, course_id, date_id, name, day, moment,
       n %% 4 + 1, moment - interval '20 days', 'processing', n %% 4 + 1, 8900 * (n %% 4 + 1), 'EUR',
       CASE WHEN n %% 9 = 0 THEN 'open' ELSE 'paid' END, 'paypal_express', now(), status, 1, 0,
       moment - interval '20 days', moment - interval '20 days',
       CASE WHEN status = 'confirmed' THEN moment - interval '19 days' END,
       CASE WHEN status = 'confirmed' THEN 'email_token' ELSE '' END,
       CASE WHEN status = 'declined' THEN moment - interval '19 days' END,
       CASE WHEN status = 'declined' THEN 'portal' ELSE '' END,
       CASE WHEN status = 'declined' THEN 'capacity_full' ELSE '' END,
       CASE WHEN status = 'cancelled' THEN moment - interval '18 days' END,
       CASE WHEN status = 'expired' THEN moment END,
       CASE WHEN status IN ('confirmed', 'declined') THEN moment - interval '19 days' END,
       CASE WHEN status IN ('confirmed', 'declined') THEN moment - interval '19 days' END,
       'pending', 0, moment - interval '20 days', now()
FROM (
    SELECT bench.n, bench.partner_id, course.id AS course_id, course.name, date.id AS date_id, date.starts_on AS day,
           date.starts_at AS moment,
           CASE WHEN date.starts_on > current_date AND dice < 40 THEN 'pending' WHEN dice < 88 THEN 'confirmed'
                WHEN dice < 94 THEN 'declined'
                WHEN dice < 97 OR date.starts_on >= current_date THEN 'cancelled' ELSE 'expired' END AS status
    FROM bench
    JOIN miomente_partner_portal_course_dates date
      ON date.id = ((bench.partner_id - 1) + (date_number / 12) * %(partners)s) * 12 + date_number %% 12 + 1
    JOIN miomente_partner_portal_courses course ON course.id = date.course_id
) each;
DROP TABLE bench;
"""


def fill(url: str, *, partners: int, bookings: int) -> None:
    """:param url: of the owner of the schema"""
    numbers = {"partners": partners, "bookings": bookings}
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as owner:
        owner.execute(DEFAULTS)
        for statement in (PARTNERS, COURSES, DATES, CUSTOMERS, BOOKINGS):
            owner.execute(statement, numbers)
        for table in ("partners", "courses", "course_dates", "customers", "booking_confirmations"):
            owner.execute(
                f"SELECT setval(pg_get_serial_sequence('miomente_partner_portal_{table}', 'id'), "
                f"(SELECT max(id) FROM miomente_partner_portal_{table}))"
            )
        owner.execute("VACUUM (ANALYZE)")
