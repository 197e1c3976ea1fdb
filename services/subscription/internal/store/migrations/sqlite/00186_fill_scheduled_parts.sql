-- +goose Up
-- Fill the table of the migration before from the documents of scheduled actions.
INSERT INTO scheduled_parts (tenant, action, kind, id)
WITH scheduled AS (SELECT tenant, id AS action, document FROM subscription_actions WHERE due IS NOT NULL),
services AS (
    SELECT scheduled.tenant, scheduled.action, service.value AS service
    FROM scheduled, json_each(scheduled.document, '$.services') AS service
),
items AS (
    SELECT scheduled.tenant, scheduled.action, item.value AS item
    FROM scheduled, json_each(scheduled.document, '$.items') AS item
),
named AS (
    SELECT tenant, action, 'subscriptions' AS kind, json_extract(document, '$.replacement') AS id FROM scheduled
    UNION SELECT tenant, action, 'subscriptions', json_extract(document, '$.destination') FROM scheduled
    UNION SELECT tenant, action, 'installedItems', json_extract(item, '$.from') FROM items
    UNION SELECT tenant, action, 'installedItems', json_extract(item, '$.to') FROM items
    UNION SELECT tenant, action, 'users', json_extract(document, '$.performer') FROM scheduled
    UNION SELECT tenant, action, 'billingTermSchemes', json_extract(document, '$.terms.scheme') FROM scheduled
    UNION SELECT tenant, action, 'products', json_extract(service, '$.product') FROM services
    UNION SELECT services.tenant, services.action, 'products', component.value
    FROM services, json_each(services.service, '$.components') AS component
)
SELECT tenant, action, kind, id FROM named WHERE id IS NOT NULL AND id <> '';
