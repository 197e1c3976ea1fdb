-- +goose Up
-- The indexes of due actions hold only actions of which something will become: an action that is done leaves them, rather than
-- moving within them, so that a sweep of many actions writes less.
-- oldest program: 00151
DROP INDEX subscription_actions_due;
DROP INDEX subscription_actions_due_of_subscription;
CREATE INDEX subscription_actions_due ON subscription_actions (due, tenant, id) WHERE due IS NOT NULL;
CREATE INDEX subscription_actions_due_of_subscription ON subscription_actions (tenant, subscription, id) WHERE due IS NOT NULL;
