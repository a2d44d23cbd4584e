"""Search by name and order number, and an order of changes that programs can follow.

Search: PostgreSQL uses no trigram index below a policy, because it does not trust LIKE to keep a secret. So the words
stand in a narrow table of their own (an index on the bookings would slow every decision down), kept by triggers that
nobody can forget, and one function of the owner reads it. Whose bookings it looks at comes from the scope, never from
a parameter.

Words are folded: lower case, no accents, ae/oe/ue as a/o/u, ß as ss. Each name keeps, as numbers, its words without
one letter each: two words with one in common differ by a typing error at most (a letter more, less, another, or two
swapped), and an index finds that among a million rows, which it does not for a similarity.

Changes: a booking carries the id of the transaction that last wrote it. Times would not do: a transaction that began
early and ends late would slip in behind those who have already read on. `changed_in` has no index, since it changes
with every decision; it is only read within one partner's bookings.
"""

from django.db import migrations

from portal.core.tenancy import tenant_policy

# No function here sets a search path of its own: PostgreSQL then puts it into the statement that calls it, which makes
# an import of many bookings four times faster. Those that run with the owner's rights set theirs, for these as well.
FOLD = r"""
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE FUNCTION portal_unaccent(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- Taken apart, a letter and its accent are two characters; the letters translated here cannot be taken apart.
    SELECT trim(regexp_replace(
        replace(replace(replace(translate(
            lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g')),
            'øØłŁđĐðÐıħĦ', 'oollddddihh'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
        '[^[:alnum:]]+', ' ', 'g'))
$$;

CREATE FUNCTION portal_fold(plain text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(plain, '([aou])e', '\1', 'g')
$$;

CREATE FUNCTION portal_typos(folded text) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    word text;
    found integer[] := '{}';
BEGIN
    FOREACH word IN ARRAY string_to_array(folded, ' ') LOOP
        -- Below four letters a typing error makes another word.
        IF length(word) BETWEEN 4 AND 40 THEN
            FOR kept IN 0..length(word) LOOP
                found := found || hashtext(left(word, kept) || substr(word, kept + 2));
            END LOOP;
        END IF;
    END LOOP;
    RETURN found;
END
$$;

CREATE FUNCTION portal_search_row(order_number text, name text, OUT number text, OUT words text, OUT typos integer[])
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain text := portal_unaccent(name);
    folded text := portal_fold(plain);
BEGIN
    number := ' ' || portal_fold(portal_unaccent(order_number));
    words := number || ' ' || folded;
    IF folded <> plain THEN
        -- Both spellings of a name with ae, oe or ue: a part of it may end between the two letters ("el" of "Manuel").
        words := words || ' ' || plain;
    END IF;
    typos := portal_typos(folded);
END
$$;
"""
DROP_FOLD = """
DROP FUNCTION portal_search_row(text, text);
DROP FUNCTION portal_typos(text);
DROP FUNCTION portal_fold(text);
DROP FUNCTION portal_unaccent(text);
"""

TABLE = """
CREATE TABLE miomente_partner_portal_booking_search (
    booking_id bigint PRIMARY KEY
        REFERENCES miomente_partner_portal_booking_confirmations (id) ON DELETE CASCADE,
    partner_id bigint NOT NULL,
    starts_on date,
    number text NOT NULL,
    words text NOT NULL,
    typos integer[] NOT NULL
);
"""

KEEP = """
CREATE FUNCTION portal_search_name(first_name text, last_name text, erased_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN erased_at IS NULL THEN first_name || ' ' || last_name ELSE '' END
$$;

CREATE VIEW portal_search_source WITH (security_invoker = true) AS
    SELECT booking.id AS booking_id, booking.partner_id, booking.starts_on, booking.customer_id, searched.*
    FROM miomente_partner_portal_booking_confirmations booking
    JOIN miomente_partner_portal_customers customer ON customer.id = booking.customer_id
    CROSS JOIN LATERAL portal_search_row(
        booking.magento_order_increment_id,
        portal_search_name(customer.first_name, customer.last_name, customer.erased_at)
    ) AS searched;

CREATE FUNCTION portal_search_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    -- Each customer by its key: this plan is kept for statements with one booking and for those with a thousand.
    INSERT INTO miomente_partner_portal_booking_search (booking_id, partner_id, starts_on, number, words, typos)
    SELECT added.id, added.partner_id, added.starts_on, searched.*
    FROM added CROSS JOIN LATERAL portal_search_row(added.magento_order_increment_id, (
        SELECT portal_search_name(customer.first_name, customer.last_name, customer.erased_at)
        FROM miomente_partner_portal_customers customer WHERE customer.id = added.customer_id
    )) AS searched;
    RETURN NULL;
END
$$;

CREATE FUNCTION portal_search_renew(wanted_customer_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    UPDATE miomente_partner_portal_booking_search AS kept
    SET partner_id = now_is.partner_id, starts_on = now_is.starts_on, number = now_is.number,
        words = now_is.words, typos = now_is.typos
    FROM portal_search_source AS now_is
    WHERE now_is.customer_id = wanted_customer_id AND kept.booking_id = now_is.booking_id
$$;

CREATE FUNCTION portal_booking_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.portal_search_renew(NEW.customer_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION portal_customer_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    PERFORM public.portal_search_renew(NEW.id);
    -- For programs that follow changes: the name is a part of what they keep.
    UPDATE miomente_partner_portal_booking_confirmations SET updated_at = now() WHERE customer_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER search_added AFTER INSERT ON miomente_partner_portal_booking_confirmations
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_search_added();
CREATE TRIGGER search_moved AFTER UPDATE ON miomente_partner_portal_booking_confirmations
    FOR EACH ROW WHEN (
        (OLD.partner_id, OLD.starts_on, OLD.customer_id, OLD.magento_order_increment_id)
        IS DISTINCT FROM (NEW.partner_id, NEW.starts_on, NEW.customer_id, NEW.magento_order_increment_id)
    ) EXECUTE FUNCTION portal_booking_moved();
CREATE TRIGGER customer_changed AFTER UPDATE ON miomente_partner_portal_customers
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION portal_customer_changed();

INSERT INTO miomente_partner_portal_booking_search (booking_id, partner_id, starts_on, number, words, typos)
    SELECT booking_id, partner_id, starts_on, number, words, typos FROM portal_search_source;
CREATE INDEX booking_search_words ON miomente_partner_portal_booking_search
    USING gin (words gin_trgm_ops, typos);
CREATE INDEX booking_search_partner ON miomente_partner_portal_booking_search (partner_id);
"""
DROP_KEEP = """
DROP TRIGGER customer_changed ON miomente_partner_portal_customers;
DROP TRIGGER search_moved ON miomente_partner_portal_booking_confirmations;
DROP TRIGGER search_added ON miomente_partner_portal_booking_confirmations;
DROP FUNCTION portal_customer_changed();
DROP FUNCTION portal_booking_moved();
DROP FUNCTION portal_search_renew(bigint);
DROP FUNCTION portal_search_added();
DROP VIEW portal_search_source;
DROP FUNCTION portal_search_name(text, text, timestamptz);
"""

FIND = """
CREATE FUNCTION portal_search_bookings(wanted text, faded_before date, most integer, most_of_all integer)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public AS $$
DECLARE
    sees_all boolean := coalesce(current_setting('portal.scope', true), '') = 'all';
    partners bigint[] := coalesce(nullif(current_setting('portal.partner_ids', true), ''), '{}')::bigint[];
    asked text[] := string_to_array(nullif(portal_fold(portal_unaccent(wanted)), ''), ' ');
    part text;
    matching text;
BEGIN
    IF asked IS NULL THEN
        RETURN;
    END IF;
    -- What somebody typed right must not drag in its neighbours: errors are forgiven only where nothing else is found.
    FOR forgiving IN 0..1 LOOP
        SELECT string_agg(format(
            CASE WHEN forgiving = 1 AND length(word) >= 4 AND sees_all
                    THEN '(words LIKE %1$L OR typos && portal_typos(%2$L))'
                WHEN forgiving = 1 AND length(word) >= 4
                    THEN '(CASE WHEN starts_on < $2 THEN number LIKE %1$L ELSE words LIKE %1$L OR typos && portal_typos(%2$L) END)'
                WHEN sees_all THEN 'words LIKE %1$L'
                ELSE 'CASE WHEN starts_on < $2 THEN number ELSE words END LIKE %1$L' END,
            -- One or two letters are in every name somewhere; they mean a beginning.
            CASE WHEN length(word) < 3 THEN '% ' ELSE '%' END || word || '%', word
        ), ' AND ') INTO matching FROM unnest(asked) AS word;
        IF sees_all THEN
            RETURN QUERY EXECUTE format(
                'SELECT booking_id FROM (SELECT booking_id, starts_on FROM miomente_partner_portal_booking_search'
                ' WHERE %s LIMIT 20000) AS found ORDER BY starts_on DESC NULLS LAST, booking_id DESC LIMIT $1', matching
            ) USING most_of_all;
        ELSE
            RETURN QUERY EXECUTE format(
                'SELECT booking_id FROM miomente_partner_portal_booking_search'
                ' WHERE partner_id = ANY($3) AND %s ORDER BY starts_on DESC NULLS LAST, booking_id DESC LIMIT $1',
                matching
            ) USING most, faded_before, partners;
        END IF;
        IF FOUND THEN
            RETURN;
        END IF;
    END LOOP;
END
$$;
"""

FOLLOW = """
ALTER TABLE miomente_partner_portal_booking_confirmations
    ADD COLUMN changed_in bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
CREATE OR REPLACE FUNCTION update_booking_confirmation_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    NEW.changed_in = pg_current_xact_id()::text::bigint;
    RETURN NEW;
END
$$;
"""
UNFOLLOW = """
CREATE OR REPLACE FUNCTION update_booking_confirmation_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;
ALTER TABLE miomente_partner_portal_booking_confirmations DROP COLUMN changed_in;
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0005_reminders_and_erasure"), ("core", "0003_mail_fates")]

    operations = [
        migrations.RunSQL(FOLD, DROP_FOLD),
        migrations.RunSQL(TABLE, "DROP TABLE miomente_partner_portal_booking_search"),
        tenant_policy("miomente_partner_portal_booking_search"),
        migrations.RunSQL(KEEP, DROP_KEEP),
        migrations.RunSQL(FIND, "DROP FUNCTION portal_search_bookings(text, date, integer, integer)"),
        migrations.RunSQL(FOLLOW, UNFOLLOW),
    ]
