-- +goose Up
-- Names as in the API: recurring revenue is called revenue, and a run that bills nothing is a preview.
ALTER TABLE mrr_progress RENAME TO revenue_progress;
ALTER TABLE mrr_lines RENAME TO revenue_lines;
ALTER TABLE mrr_movements RENAME TO revenue_movements;
ALTER TABLE cycle_runs RENAME COLUMN dry_run TO preview;
