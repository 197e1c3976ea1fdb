-- +goose Up
-- Fill the columns of the migration before from the documents.
UPDATE subscriptions SET
    state = coalesce(json_extract(document, '$.state'), ''),
    rating = coalesce(json_extract(document, '$.rating'), ''),
    first_activated = nullif(json_extract(document, '$.first_activated'), ''),
    account = coalesce(json_extract(document, '$.account'), ''),
    type = coalesce(json_extract(document, '$.type'), ''),
    owner_group = nullif(json_extract(document, '$.group'), ''),
    privacy_level = nullif(json_extract(document, '$.privacy_level'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE accounts SET
    name = coalesce(json_extract(document, '$.name'), ''),
    state = coalesce(json_extract(document, '$.state'), ''),
    owner_name = nullif(json_extract(document, '$.owner.name'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE subscription_types SET
    classification = nullif(json_extract(document, '$.classification'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE subscription_groups SET
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE privacy_levels SET
    name = nullif(json_extract(document, '$.name'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE products SET
    name = nullif(json_extract(document, '$.name'), ''),
    type = coalesce(json_extract(document, '$.type'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE installed_items SET
    name = nullif(json_extract(document, '$.name'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE organisations SET
    name = nullif(json_extract(document, '$.name'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE users SET
    organisation = coalesce(json_extract(document, '$.organisation'), ''),
    user_name = coalesce(json_extract(document, '$.user_name'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER),
    updated = unixepoch(substr(json_extract(document, '$.updated'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.updated'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

UPDATE sessions SET
    user_id = coalesce(json_extract(document, '$.user'), ''),
    organisation = coalesce(json_extract(document, '$.organisation'), ''),
    created = unixepoch(substr(json_extract(document, '$.created'), 1, 19)) * 1000000
        + CAST(substr(rtrim(substr(json_extract(document, '$.created'), 21), 'Z') || '000000', 1, 6) AS INTEGER);

INSERT INTO subscription_parts (tenant, subscription, kind, id)
SELECT DISTINCT tenant, subscriptions.id, 'products', json_extract(part.value, '$.product')
FROM subscriptions, json_each(document, '$.services') AS part
WHERE part.type = 'object';

INSERT INTO subscription_parts (tenant, subscription, kind, id)
SELECT DISTINCT tenant, subscriptions.id, 'installedItems', json_extract(part.value, '$.item')
FROM subscriptions, json_each(document, '$.items') AS part
WHERE part.type = 'object';

-- The id of a key that was issued before keys had ids is that of its user.
INSERT INTO api_keys (tenant, id, user_id, key_hash, name, created, updated, version, document)
SELECT tenant, id, id, api_key_hash, NULL, updated, updated, 1, json_object(
    'version', 1, 'created', json_extract(document, '$.updated'), 'updated', json_extract(document, '$.updated'),
    'id', id, 'user', id, 'hash', api_key_hash
)
FROM users WHERE api_key_hash IS NOT NULL;

UPDATE users SET api_key_hash = NULL WHERE api_key_hash IS NOT NULL;
