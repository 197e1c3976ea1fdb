-- +goose Up
-- Fill the table of the migration before from the documents of scheduled actions.
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
SELECT tenant, action, kind, id FROM named WHERE id IS NOT NULL AND id <> '';
