-- +goose Up
-- No two cancellations of a tenant have the same number, and none a number near the end of the counter, so that numbers can follow.
-- A program before answers an import of a number that is taken with a conflict.
-- oldest program: 295

-- Of those that share a number the line of the lowest one keeps it. The others, and numbers that are too high, become the next ones.
UPDATE recurring_lines SET cancel_number = moved.number
FROM (
    SELECT of_tenant.tenant, of_tenant.id, COALESCE(highest.number, 0) + row_number() OVER (PARTITION BY of_tenant.tenant ORDER BY of_tenant.id) AS number
    FROM (
        SELECT tenant, id, cancel_number, row_number() OVER (PARTITION BY tenant, cancel_number ORDER BY id) AS nth
        FROM recurring_lines WHERE cancel_number IS NOT NULL
    ) AS of_tenant
    LEFT JOIN (
        SELECT used.tenant, MAX(used.number) AS number
        FROM (
            SELECT tenant, number FROM highest_numbers WHERE kind = 'cancellation' AND number <= 2000000000
            UNION ALL SELECT tenant, cancel_number FROM recurring_lines WHERE cancel_number <= 2000000000
        ) AS used
        GROUP BY used.tenant
    ) AS highest ON highest.tenant = of_tenant.tenant
    WHERE of_tenant.nth > 1 OR of_tenant.cancel_number > 2000000000
) AS moved
WHERE recurring_lines.tenant = moved.tenant AND recurring_lines.id = moved.id;

UPDATE highest_numbers SET number = (
    SELECT COALESCE(MAX(used.number), 0) FROM (
        SELECT cancel_number AS number FROM recurring_lines WHERE recurring_lines.tenant = highest_numbers.tenant AND cancel_number IS NOT NULL
        UNION ALL SELECT CASE WHEN highest_numbers.number <= 2000000000 THEN highest_numbers.number ELSE 0 END
    ) AS used
)
WHERE kind = 'cancellation';

CREATE UNIQUE INDEX recurring_lines_cancel_number ON recurring_lines (tenant, cancel_number) WHERE cancel_number IS NOT NULL;
