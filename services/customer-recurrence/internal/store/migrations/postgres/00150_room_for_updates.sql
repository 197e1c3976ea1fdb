-- +goose Up
-- Pages keep room for new versions of their rows. An update that finds none writes to the indexes too, and collides
-- there with transactions that read other rows. Pages that are full already get room as their rows are updated.
ALTER TABLE recurrences SET (fillfactor = 80);
