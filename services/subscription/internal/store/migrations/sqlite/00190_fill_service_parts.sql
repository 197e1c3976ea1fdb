-- +goose Up
-- Fill subscription_parts with the ids of the services of subscriptions, by which one is found that only its service is named of.
INSERT INTO subscription_parts (tenant, subscription, kind, id)
SELECT tenant, subscriptions.id, 'services', json_extract(part.value, '$.id')
FROM subscriptions, json_each(document, '$.services') AS part
WHERE part.type = 'object' AND json_extract(part.value, '$.id') <> ''
ON CONFLICT DO NOTHING;
