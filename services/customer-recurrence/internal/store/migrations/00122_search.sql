-- +goose Up
-- Recurrences are searched by their ids, across customers.
CREATE INDEX recurrences_by_id ON recurrences (tenant, recurrence_id, customer_id);
