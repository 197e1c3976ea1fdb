package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/insight"
)

// books are what is kept of a tenant's recurring revenue, in a transaction.
type books struct {
	tx     *database.Tx
	tenant auth.Tenant
}

// Series reads the series of lines.
func (b *books) Series(ctx context.Context, lines []domain.LineID) (map[domain.LineID]insight.Series, error) {
	many, err := database.Many(b.tx, lines)
	if err != nil {
		return nil, err
	}
	type kept struct {
		line   domain.LineID
		series insight.Series
	}
	found, err := database.Select(ctx, b.tx, "line's revenue", func(row database.Row) (k kept, err error) {
		var text []byte
		if err := row.Scan(&k.line, &text); err != nil {
			return k, err
		}
		return k, json.Unmarshal(text, &k.series)
	}, `SELECT line_id, series FROM mrr_lines WHERE tenant = $1 AND line_id`+b.tx.In("$2"), string(b.tenant), many)
	if err != nil {
		return nil, err
	}
	series := make(map[domain.LineID]insight.Series, len(found))
	for _, one := range found {
		series[one.line] = one.series
	}
	return series, nil
}

// PutSeries replaces the series of lines.
func (b *books) PutSeries(ctx context.Context, series map[domain.LineID]insight.Series) error {
	lines := slices.Sorted(maps.Keys(series))
	many, err := database.Many(b.tx, lines)
	if err != nil {
		return err
	}
	_, err = b.tx.ExecContext(ctx, `DELETE FROM mrr_lines WHERE tenant = $1 AND line_id`+b.tx.In("$2"), string(b.tenant), many)
	if err != nil {
		return fmt.Errorf("replacing the revenue of lines: %w", err)
	}
	rows := make([][]any, len(lines))
	for i, line := range lines {
		text, err := json.Marshal(series[line])
		if err != nil {
			return fmt.Errorf("writing the revenue of recurring line %d: %w", line, err)
		}
		rows[i] = []any{string(b.tenant), int64(line), string(text)}
	}
	return b.tx.InsertAll(ctx, "mrr_lines", []string{"tenant", "line_id", "series"}, rows)
}

var movementColumns = []string{
	"tenant", "grouped_by", "currency", "item_code", "master_account_code", "month",
	"new", "reactivation", "expansion", "contraction", "churn", "transfer", "lines",
}

// Add adds a tally to what was counted, and removes months in which nothing moves any more.
func (b *books) Add(ctx context.Context, tally insight.Tally) error {
	rows := make([][]any, 0, len(tally))
	for _, cell := range slices.SortedFunc(maps.Keys(tally), insight.Cell.Compare) {
		f := tally[cell]
		if f == (insight.Figures{}) {
			continue
		}
		rows = append(rows, []any{
			string(b.tenant), int64(cell.Grouping), string(cell.Currency), string(cell.Item), string(cell.MasterAccount), cell.Month.String(),
			f.New, f.Reactivation, f.Expansion, f.Contraction, f.Churn, f.Transfer, f.Lines,
		})
	}
	if err := b.tx.InsertAll(ctx, "mrr_tally", movementColumns, rows); err != nil {
		return err
	}
	columns := strings.Join(movementColumns, ", ")
	for _, statement := range []string{
		`INSERT INTO mrr_movements AS m (` + columns + `) SELECT ` + columns + ` FROM mrr_tally WHERE tenant = $1
			ON CONFLICT (tenant, grouped_by, currency, item_code, master_account_code, month) DO UPDATE SET
			new = m.new + excluded.new, reactivation = m.reactivation + excluded.reactivation,
			expansion = m.expansion + excluded.expansion, contraction = m.contraction + excluded.contraction,
			churn = m.churn + excluded.churn, transfer = m.transfer + excluded.transfer, lines = m.lines + excluded.lines`,
		`DELETE FROM mrr_tally WHERE tenant = $1`,
		`DELETE FROM mrr_movements WHERE tenant = $1 AND new = 0 AND reactivation = 0 AND expansion = 0 AND contraction = 0
			AND churn = 0 AND transfer = 0 AND lines = 0`,
	} {
		if _, err := b.tx.ExecContext(ctx, statement, string(b.tenant)); err != nil {
			return fmt.Errorf("counting revenue: %w", err)
		}
	}
	return nil
}
