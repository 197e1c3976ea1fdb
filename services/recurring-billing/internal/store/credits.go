package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// CreateCredit inserts the credit of a line.
func (w *writer) CreateCredit(ctx context.Context, c domain.Credit) error {
	_, err := w.tx.ExecContext(ctx,
		`INSERT INTO line_credits (tenant, id, line_id, bill_to_id, from_date, to_date, amount, currency, reason)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		string(w.tenant), id.New(), int64(c.Line), int64(c.BillTo), c.From, c.To, c.Amount.Value.String(),
		string(c.Amount.Currency), string(c.Reason))
	if err != nil {
		return fmt.Errorf("creating the credit of recurring line %d: %w", c.Line, err)
	}
	return nil
}

// DeleteCredit deletes the credit of a line, unless an invoice carries it.
func (w *writer) DeleteCredit(ctx context.Context, line domain.LineID) error {
	result, err := w.tx.ExecContext(ctx, `DELETE FROM line_credits WHERE tenant = $1 AND line_id = $2 AND invoice_id IS NULL`,
		string(w.tenant), int64(line))
	if err != nil {
		return fmt.Errorf("deleting the credit of recurring line %d: %w", line, err)
	}
	deleted, err := result.RowsAffected()
	if err == nil && deleted == 0 {
		err = domain.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("deleting the credit of recurring line %d: %w", line, err)
	}
	return nil
}
