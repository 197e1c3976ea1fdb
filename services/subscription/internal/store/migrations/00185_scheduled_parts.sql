-- +goose Up
-- What scheduled actions name: subscriptions, products, installed items, billing term schemes and users, so that those cannot be
-- deleted. kind is the collection in the names of what id identifies.
CREATE TABLE scheduled_parts (
    tenant TEXT NOT NULL,
    action TEXT NOT NULL,
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, action, kind, id)
);
CREATE INDEX scheduled_parts_by_id ON scheduled_parts (tenant, kind, id, action);
