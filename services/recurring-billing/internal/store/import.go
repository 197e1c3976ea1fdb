package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// among reads the rows of a query of the tenant whose last condition is on a column: that it is one of many values.
func among[T any, K ~int32 | ~string](ctx context.Context, r *reader, what string, scan func(database.Row) (T, error), query string, keys []K) ([]T, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	many, err := database.Many(r.tx, keys)
	if err != nil {
		return nil, err
	}
	return database.Select(ctx, r.tx, what, scan, query+r.tx.In("$2"), string(r.tenant), many)
}

// ItemsOf reads the items of many codes.
func (r *reader) ItemsOf(ctx context.Context, codes []catalogue.ItemCode) ([]catalogue.Item, error) {
	return among(ctx, r, "item", scanItem, `SELECT `+itemColumns+` FROM items WHERE tenant = $1 AND code`, codes)
}

// BillTosOf reads the bill-tos of many numbers.
func (r *reader) BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error) {
	return among(ctx, r, "bill-to", scanBillTo, `SELECT `+billToColumns+` FROM bill_tos WHERE tenant = $1 AND id`, ids)
}

// MasterAccountsOf reads the master accounts of many codes.
func (r *reader) MasterAccountsOf(ctx context.Context, codes []catalogue.MasterAccountCode) ([]catalogue.MasterAccount, error) {
	return among(ctx, r, "master account", scanMaster, `SELECT `+masterColumns+` FROM master_accounts WHERE tenant = $1 AND code`, codes)
}

// BillTosOfMasters reads which bill-tos master accounts are billed to.
func (r *reader) BillTosOfMasters(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillToID, error) {
	return among(ctx, r, "bill-to of a master account", func(row database.Row) (id catalogue.BillToID, err error) {
		return id, row.Scan(&id)
	}, `SELECT DISTINCT bill_to_id FROM master_accounts WHERE tenant = $1 AND bill_to_id`, ids)
}

// LinesOf reads the recurring lines of many numbers.
func (r *reader) LinesOf(ctx context.Context, ids []line.ID) ([]line.Line, error) {
	return among(ctx, r, "recurring line", scanLine, selectLines+`WHERE tenant = $1 AND id`, ids)
}

// CreateLines inserts recurring lines that have numbers.
func (w *writer) CreateLines(ctx context.Context, lines []line.Line) error {
	if len(lines) == 0 {
		return nil
	}
	rows, cycles := make([][]any, len(lines)), make([][]any, len(lines))
	rates := make([][]any, 0, len(lines))
	highest := lines[0].ID
	for i := range lines {
		l := &lines[i]
		l.Revision = w.created()
		highest = max(highest, l.ID)
		rows[i], cycles[i] = w.lineValues(l), w.lineCycleValues(l)
		rates = append(rates, w.rateRows(l)...)
	}
	if err := number(ctx, w, lineKind, &highest); err != nil {
		return err
	}
	if err := w.insertAll(ctx, "recurring_lines", lineColumns, rows); err != nil {
		return err
	}
	if err := w.insertAll(ctx, "line_cycles", lineCycleColumns, cycles); err != nil {
		return err
	}
	if err := w.insertAll(ctx, "line_rates", rateColumns, rates); err != nil {
		return err
	}
	return store.RecordAll(ctx, w.Writer, feed.Created, lines)
}

func (w *writer) insertAll(ctx context.Context, table string, columns []string, rows [][]any) error {
	err := w.tx.InsertAll(ctx, table, columns, rows)
	if errors.Is(err, database.ErrUnique) {
		return fmt.Errorf("inserting into %s: %w", table, mutation.ErrTaken)
	}
	return err
}
