-- +goose Up
-- Fill again what migrations 00183 to 00186 fill, as far as replicas of programs before 00183 have changed it meanwhile. Such a replica
-- notices within a second that it cannot work on this schema, and what it had begun by then has two more to end. Nobody waits for it
-- in a store without subscription types, where nothing can be subscribed to. From the lock on, nothing else writes into these tables.
-- oldest program: 00187
SELECT pg_sleep(3) WHERE EXISTS (SELECT FROM subscription_types);

LOCK TABLE accounts, subscriptions, subscription_actions, scheduled_parts IN EXCLUSIVE MODE;

UPDATE subscriptions SET levels = filled.levels
FROM (
    SELECT subscriptions.tenant, subscriptions.id, COALESCE(subscriptions.privacy_level, '') || '/' || COALESCE(accounts.privacy_level, '') AS levels
    FROM subscriptions
    LEFT JOIN accounts ON accounts.tenant = subscriptions.tenant AND accounts.id = subscriptions.account
) AS filled
WHERE filled.tenant = subscriptions.tenant AND filled.id = subscriptions.id AND filled.levels <> subscriptions.levels;

DELETE FROM scheduled_parts
WHERE NOT EXISTS (
    SELECT FROM subscription_actions
    WHERE subscription_actions.tenant = scheduled_parts.tenant AND subscription_actions.id = scheduled_parts.action
        AND subscription_actions.due IS NOT NULL
);

INSERT INTO scheduled_parts (tenant, action, kind, id)
WITH scheduled AS (
    SELECT tenant, id AS action, CAST(document AS jsonb) AS document FROM subscription_actions WHERE due IS NOT NULL
),
services AS (
    SELECT tenant, action, service
    FROM scheduled, jsonb_array_elements(
        CASE jsonb_typeof(document -> 'services') WHEN 'array' THEN document -> 'services' ELSE '[]' END
    ) AS service
),
items AS (
    SELECT tenant, action, item
    FROM scheduled, jsonb_array_elements(
        CASE jsonb_typeof(document -> 'items') WHEN 'array' THEN document -> 'items' ELSE '[]' END
    ) AS item
),
named AS (
    SELECT tenant, action, 'subscriptions' AS kind, document ->> 'replacement' AS id FROM scheduled
    UNION SELECT tenant, action, 'subscriptions', document ->> 'destination' FROM scheduled
    UNION SELECT tenant, action, 'installedItems', item ->> 'from' FROM items
    UNION SELECT tenant, action, 'installedItems', item ->> 'to' FROM items
    UNION SELECT tenant, action, 'users', document ->> 'performer' FROM scheduled
    UNION SELECT tenant, action, 'billingTermSchemes', document #>> '{terms,scheme}' FROM scheduled
    UNION SELECT tenant, action, 'products', service ->> 'product' FROM services
    UNION SELECT tenant, action, 'products', component
    FROM services, jsonb_array_elements_text(
        CASE jsonb_typeof(service -> 'components') WHEN 'array' THEN service -> 'components' ELSE '[]' END
    ) AS component
)
SELECT tenant, action, kind, id FROM named WHERE id IS NOT NULL AND id <> ''
ON CONFLICT DO NOTHING;
