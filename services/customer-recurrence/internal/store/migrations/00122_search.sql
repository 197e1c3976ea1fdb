-- +goose Up
-- Recurrences are searched by their ids, whoever their customer is.
CREATE INDEX recurrences_by_id ON recurrences (tenant, recurrence_id, customer_id);
