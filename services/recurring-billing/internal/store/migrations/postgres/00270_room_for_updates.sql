-- +goose Up
-- Pages keep room for new versions of their rows. An update that finds none writes to the indexes too, and collides
-- there with transactions that read other rows. Pages that are full already get room as their rows are updated.
ALTER TABLE recurring_lines SET (fillfactor = 80);
ALTER TABLE line_cycles SET (fillfactor = 80);
