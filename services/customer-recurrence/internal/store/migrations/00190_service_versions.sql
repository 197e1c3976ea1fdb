-- +goose Up
-- oldest program: 140
-- It takes the prices of services without versions: enter versions once all replicas are upgraded.
-- What services cost by themselves later, from which day on, as JSON; empty for none.
ALTER TABLE services ADD COLUMN versions TEXT NOT NULL DEFAULT '';
-- To say whether something was consumed of a service, or with a package, that is to be deleted.
CREATE INDEX usage_totals_by_service ON usage_totals (tenant, service_id);
CREATE INDEX usage_totals_by_package ON usage_totals (tenant, package_id);
