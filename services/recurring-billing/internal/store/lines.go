package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

const selectLines = `SELECT id, customer_id, site_id, system_id, bill_to_id, item_code, COALESCE(master_item_code, ''),
	COALESCE(master_account_code, ''), bill_cycle, description, memo, monthly_amount, currency, start_date, bill_day,
	end_date, next_cycle_date, last_cycle_date, version, created, updated
	FROM recurring_lines JOIN line_cycles USING (tenant, id) `

func scanLine(r database.Row) (l domain.Line, err error) {
	err = r.Scan(&l.ID, &l.Customer, &l.Site, &l.System, &l.BillTo, &l.Item, &l.MasterItem, &l.MasterAccount,
		&l.BillCycle, &l.Description, &l.Memo, &l.MonthlyAmount.Value, &l.MonthlyAmount.Currency, &l.Start, &l.BillDay,
		&l.End, &l.NextCycle, &l.LastCycle, &l.Version, instant{&l.Created}, instant{&l.Updated})
	return l, err
}

// Line is the recurring line of a number.
func (r *reader) Line(ctx context.Context, id domain.LineID) (domain.Line, error) {
	return one(ctx, r.tx, "recurring line", scanLine,
		selectLines+`WHERE tenant = $1 AND id = $2`, string(r.tenant), int64(id))
}

// Lines lists recurring lines by number.
func (r *reader) Lines(ctx context.Context, after domain.LineID, limit int) ([]domain.Line, error) {
	return database.Select(ctx, r.tx, "recurring line", scanLine,
		selectLines+`WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3`, string(r.tenant), int64(after), limit)
}

// CreateLine inserts a recurring line.
func (w *writer) CreateLine(ctx context.Context, l *domain.Line) error {
	if err := number(ctx, w, lineKind, &l.ID); err != nil {
		return err
	}
	l.Revision = w.created()
	if err := w.insert(ctx, lineKind, l.ID, l,
		`INSERT INTO recurring_lines (tenant, id, customer_id, site_id, system_id, bill_to_id, item_code,
			master_item_code, master_account_code, bill_cycle, description, memo, monthly_amount, currency, start_date,
			bill_day, end_date, created)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, NULLIF($8, ''), NULLIF($9, ''), $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		string(w.tenant), int64(l.ID), int64(l.Customer), int64(l.Site), int64(l.System), int64(l.BillTo), string(l.Item),
		string(l.MasterItem), string(l.MasterAccount), string(l.BillCycle), l.Description, l.Memo,
		l.MonthlyAmount.Value.String(), string(l.MonthlyAmount.Currency), l.Start, int64(l.BillDay), l.End,
		l.Created.UnixMicro()); err != nil {
		return err
	}
	_, err := w.tx.ExecContext(ctx,
		`INSERT INTO line_cycles (tenant, id, next_cycle_date, last_cycle_date, version, updated) VALUES ($1, $2, $3, $4, $5, $6)`,
		string(w.tenant), int64(l.ID), l.NextCycle, l.LastCycle, l.Version, l.Updated.UnixMicro())
	if err != nil {
		return fmt.Errorf("creating recurring line %d: %w", l.ID, err)
	}
	return nil
}

// UpdateLine replaces what can change of a recurring line in the course of its life.
func (w *writer) UpdateLine(ctx context.Context, l *domain.Line) error {
	result, err := w.tx.ExecContext(ctx,
		`UPDATE line_cycles SET next_cycle_date = $1, last_cycle_date = $2, version = $3, updated = $4
		 WHERE tenant = $5 AND id = $6 AND version = $7`,
		l.NextCycle, l.LastCycle, l.Version+1, w.at.UnixMicro(), string(w.tenant), int64(l.ID), l.Version)
	if err != nil {
		return fmt.Errorf("updating recurring line %d: %w", l.ID, err)
	}
	updated, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("updating recurring line %d: %w", l.ID, err)
	}
	if updated == 0 {
		return fmt.Errorf("updating recurring line %d at version %d: %w", l.ID, l.Version, domain.ErrStale)
	}
	if _, err := w.tx.ExecContext(ctx,
		`UPDATE recurring_lines SET bill_to_id = $1, item_code = $2, master_item_code = NULLIF($3, ''),
			master_account_code = NULLIF($4, ''), bill_cycle = $5, description = $6, memo = $7, monthly_amount = $8,
			currency = $9, end_date = $10
		 WHERE tenant = $11 AND id = $12`,
		int64(l.BillTo), string(l.Item), string(l.MasterItem), string(l.MasterAccount), string(l.BillCycle),
		l.Description, l.Memo, l.MonthlyAmount.Value.String(), string(l.MonthlyAmount.Currency), l.End,
		string(w.tenant), int64(l.ID)); err != nil {
		return fmt.Errorf("updating recurring line %d: %w", l.ID, err)
	}
	l.Version, l.Updated = l.Version+1, w.at
	return w.tell(ctx, lineKind, l.ID, feed.Updated, l)
}
