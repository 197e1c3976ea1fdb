-- +goose Up
-- Fill the columns of the migration before from the documents.
UPDATE subscriptions SET
    state = coalesce(CAST(document AS json) #>> '{state}', ''),
    rating = coalesce(CAST(document AS json) #>> '{rating}', ''),
    first_activated = nullif(CAST(document AS json) #>> '{first_activated}', ''),
    account = coalesce(CAST(document AS json) #>> '{account}', ''),
    type = coalesce(CAST(document AS json) #>> '{type}', ''),
    owner_group = nullif(CAST(document AS json) #>> '{group}', ''),
    privacy_level = nullif(CAST(document AS json) #>> '{privacy_level}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE accounts SET
    name = coalesce(CAST(document AS json) #>> '{name}', ''),
    state = coalesce(CAST(document AS json) #>> '{state}', ''),
    owner_name = nullif(CAST(document AS json) #>> '{owner,name}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE subscription_types SET
    classification = nullif(CAST(document AS json) #>> '{classification}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE subscription_groups SET
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE privacy_levels SET
    name = nullif(CAST(document AS json) #>> '{name}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE products SET
    name = nullif(CAST(document AS json) #>> '{name}', ''),
    type = coalesce(CAST(document AS json) #>> '{type}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE installed_items SET
    name = nullif(CAST(document AS json) #>> '{name}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE organisations SET
    name = nullif(CAST(document AS json) #>> '{name}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE users SET
    organisation = coalesce(CAST(document AS json) #>> '{organisation}', ''),
    user_name = coalesce(CAST(document AS json) #>> '{user_name}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint),
    updated = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{updated}' AS timestamptz)) * 1000000 AS bigint);

UPDATE sessions SET
    user_id = coalesce(CAST(document AS json) #>> '{user}', ''),
    organisation = coalesce(CAST(document AS json) #>> '{organisation}', ''),
    created = CAST(extract(epoch FROM CAST(CAST(document AS json) #>> '{created}' AS timestamptz)) * 1000000 AS bigint);

INSERT INTO subscription_parts (tenant, subscription, kind, id)
SELECT DISTINCT tenant, subscriptions.id, 'products', part ->> 'product'
FROM subscriptions, json_array_elements(
    CASE json_typeof(CAST(document AS json) -> 'services') WHEN 'array' THEN CAST(document AS json) -> 'services' ELSE '[]' END
) AS part;

INSERT INTO subscription_parts (tenant, subscription, kind, id)
SELECT DISTINCT tenant, subscriptions.id, 'installedItems', part ->> 'item'
FROM subscriptions, json_array_elements(
    CASE json_typeof(CAST(document AS json) -> 'items') WHEN 'array' THEN CAST(document AS json) -> 'items' ELSE '[]' END
) AS part;

-- The id of a key that was issued before keys had ids is that of its user.
INSERT INTO api_keys (tenant, id, user_id, key_hash, name, created, updated, version, document)
SELECT tenant, id, id, api_key_hash, NULL, updated, updated, 1, CAST(json_build_object(
    'version', 1, 'created', CAST(document AS json) -> 'updated', 'updated', CAST(document AS json) -> 'updated',
    'id', id, 'user', id, 'hash', api_key_hash
) AS text)
FROM users WHERE api_key_hash IS NOT NULL;

UPDATE users SET api_key_hash = NULL WHERE api_key_hash IS NOT NULL;
