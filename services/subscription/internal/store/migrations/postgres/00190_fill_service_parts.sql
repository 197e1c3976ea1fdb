-- +goose Up
-- Fill what the migration before says. A replica of a program before it notices within a second that it cannot work on this schema, and what it had
-- begun by then has two more to end. Nobody waits for it in a store without subscription types. From the lock on, nothing else writes into these tables.
-- oldest program: 00189
SELECT pg_sleep(3) WHERE EXISTS (SELECT FROM subscription_types);

LOCK TABLE subscriptions, subscription_parts IN EXCLUSIVE MODE;

INSERT INTO subscription_parts (tenant, subscription, kind, id)
SELECT tenant, subscriptions.id, 'services', part ->> 'id'
FROM subscriptions, jsonb_array_elements(
    CASE jsonb_typeof(CAST(document AS jsonb) -> 'services') WHEN 'array' THEN CAST(document AS jsonb) -> 'services' ELSE '[]' END
) AS part
WHERE part ->> 'id' <> ''
ON CONFLICT DO NOTHING;
