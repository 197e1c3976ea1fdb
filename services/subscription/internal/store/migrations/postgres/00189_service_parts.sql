-- +goose Up
-- From here on subscription_parts also has the ids of the services of subscriptions, by which one is found that only its service is named of. Programs before do
-- not keep them, and cannot work from here on: the next migration fills the table.
COMMENT ON TABLE subscription_parts IS 'what subscriptions have: products, installedItems, billingTermSchemes, and services by their ids';
