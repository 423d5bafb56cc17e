-- So many products as `bench.products` says, of 200 sellers in 50 categories, out of the words in the temporary table
-- `vocabulary`: a few words are in very many names, most in few, as in every catalogue. Then 1,000 price lists of 500
-- rows: each shop buys on three of them. Chance is the same in every build.
SELECT setseed(0.42);

INSERT INTO accounts_company (name, slug, kind, country, status, requires_second_step, version)
SELECT 'Seller ' || n, 'seller-' || n, 'distributor', 'GB', 'approved', false, 1 FROM generate_series(1, 200) n;
INSERT INTO accounts_company (name, slug, kind, country, status, requires_second_step, version)
SELECT 'Shop ' || n, 'shop-' || n, 'retailer', 'GB', 'approved', false, 1 FROM generate_series(1, 1000) n;
INSERT INTO catalog_sellerterms (company_id, order_minimum_minor, currency, prices_need_login, delivers_to, version)
SELECT sellers.id, 0, 'EUR', true, '{}', 1 FROM generate_series(10, 200, 10) n
JOIN accounts_company sellers ON sellers.slug = 'seller-' || n;
INSERT INTO catalog_category (name, slug, position)
SELECT 'Category ' || n, 'category-' || n, n FROM generate_series(1, 50) n;

CREATE TEMP TABLE drawn AS
SELECT item.n,
    1 + floor(power(random(), 3) * words.n)::int AS first, 1 + floor(power(random(), 2) * words.n)::int AS second,
    1 + floor(power(random(), 2) * words.n)::int AS third, 1 + floor(random() * 20000)::int AS said,
    1 + floor(power(random(), 2) * 50)::int AS category, 1 + floor(power(random(), 2) * 200)::int AS seller,
    floor(power(random(), 6) * 10000)::int AS popularity, random() < 0.85 AS in_stock,
    20 + floor(power(random(), 3) * 20000)::int AS price
FROM generate_series(1, current_setting('bench.products')::int) AS item (n), (SELECT count(*)::int AS n FROM vocabulary) words;

CREATE UNIQUE INDEX ON vocabulary (n);
ANALYZE vocabulary;
CREATE TEMP TABLE phrase AS
SELECT item.n, (SELECT string_agg(word, ' ') FROM vocabulary WHERE vocabulary.n IN (
    1 + (item.n * 7919) % 900, 1 + (item.n * 104729) % 4000, 1 + (item.n * 1299709) % 8000, 1 + (item.n * 31) % 300, 1 + (item.n * 17) % 5000,
    1 + (item.n * 611953) % 10000)) AS words
FROM generate_series(1::bigint, 20000) AS item (n);
ANALYZE drawn;
ANALYZE phrase;

INSERT INTO catalog_product (
    id, company_id, category_id, name, slug, description, status, popularity, version, created_at, brand,
    origin_country, hs_code, attributes)
SELECT drawn.n, sellers.id, categories.id, initcap(one.word || ' ' || two.word || ' ' || three.word),
    'product', phrase.words, 'published', popularity, 1, now(), '', '', '', '{}'
FROM drawn
JOIN vocabulary one ON one.n = drawn.first JOIN vocabulary two ON two.n = drawn.second
JOIN vocabulary three ON three.n = drawn.third JOIN phrase ON phrase.n = drawn.said
JOIN accounts_company sellers ON sellers.slug = 'seller-' || seller
JOIN catalog_category categories ON categories.slug = 'category-' || category;

INSERT INTO catalog_variant (id, product_id, name, position, gtin, attributes, version)
SELECT id, id, '', 0, '', '{}', 1 FROM catalog_product;
INSERT INTO catalog_sku (
    id, company_id, product_id, variant_id, code, unit_of_sale, case_pack, moq, increment, listed, version)
SELECT id, company_id, id, id, 'B' || lpad(id::text, 7, '0'), 'each', 1, 1, 1, true, 1 FROM catalog_product;
INSERT INTO catalog_tierprice (sku_id, min_quantity, unit_price_minor, currency)
SELECT n, 1, price, CASE WHEN seller % 10 = 0 THEN 'EUR' ELSE 'GBP' END FROM drawn;
INSERT INTO inventory_availability (sku_id, state, band, more_band, version)
SELECT n, CASE WHEN in_stock THEN 'in_stock' ELSE 'out' END, '', '', 1 FROM drawn;

-- List n is seller n % 200's. Every tenth has three tiers a row, every fourth takes 2 % off whatever it does not name.
INSERT INTO catalog_pricelist (company_id, name, kind, currency, priority, percent, state, is_told, version)
SELECT sellers.id, 'List ' || n, 'contract', CASE WHEN (1 + n % 200) % 10 = 0 THEN 'EUR' ELSE 'GBP' END, 0, CASE WHEN n % 4 = 0 THEN 2 END, 'active', true, 1
FROM generate_series(1, 1000) n JOIN accounts_company sellers ON sellers.slug = 'seller-' || 1 + n % 200;
CREATE TEMP TABLE offered AS
SELECT sku.id, sku.company_id, row_number() OVER (PARTITION BY company_id ORDER BY random()) AS place FROM catalog_sku sku;
CREATE INDEX ON offered (company_id, place);
ANALYZE offered;
INSERT INTO catalog_pricelistentry (price_list_id, sku_id, min_quantity, unit_price_minor, may_be_dearer)
SELECT list.id, offered.id, tier.quantity, round(base.price * (0.95 - tier.quantity / 500.0), 4), false
FROM catalog_pricelist list
JOIN offered ON offered.company_id = list.company_id AND offered.place <= 500
JOIN drawn base ON base.n = offered.id
JOIN (VALUES (1), (10), (100)) AS tier (quantity) ON tier.quantity = 1 OR list.id % 10 = 0;
INSERT INTO catalog_pricelistaudience (company_id, price_list_id, audience_company_id)
SELECT list.company_id, list.id, shop.id FROM (SELECT id, company_id, row_number() OVER (ORDER BY id) AS n FROM catalog_pricelist) list
CROSS JOIN generate_series(0, 2) AS other
JOIN accounts_company shop ON shop.slug = 'shop-' || 1 + (list.n + other * 333) % 1000;
ANALYZE catalog_product;
ANALYZE catalog_variant;
ANALYZE catalog_sku;
ANALYZE catalog_tierprice;
ANALYZE catalog_pricelistentry;
ANALYZE catalog_pricelistaudience;
