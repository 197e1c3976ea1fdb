package store

import (
	"cmp"
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

const movementColumns = 13

// addRows is how many cells one statement changes: so few that SQLite takes their parameters at once.
const addRows = 60

// Add adds a tally to what was counted, and removes months in which nothing moves any more.
func (b *books) Add(ctx context.Context, tally insight.Tally) error {
	maps.DeleteFunc(tally, func(_ insight.Cell, f insight.Figures) bool { return f == insight.Figures{} })
	cells := slices.SortedFunc(maps.Keys(tally), func(a, b insight.Cell) int {
		return cmp.Or(cmp.Compare(a.Grouping, b.Grouping), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Item, b.Item),
			cmp.Compare(a.MasterAccount, b.MasterAccount), cmp.Compare(a.Month, b.Month))
	})
	for some := range slices.Chunk(cells, addRows) {
		values := make([]any, 0, len(some)*movementColumns)
		for _, cell := range some {
			f := tally[cell]
			values = append(values, string(b.tenant), int64(cell.Grouping), string(cell.Currency), string(cell.Item), string(cell.MasterAccount),
				cell.Month.String(), f.New, f.Reactivation, f.Expansion, f.Contraction, f.Churn, f.Transfer, f.Lines)
		}
		if _, err := b.tx.ExecContext(ctx, addStatement(len(some)), values...); err != nil {
			return fmt.Errorf("counting revenue: %w", err)
		}
	}
	_, err := b.tx.ExecContext(ctx, `DELETE FROM mrr_movements WHERE tenant = $1 AND new = 0 AND reactivation = 0 AND expansion = 0
		AND contraction = 0 AND churn = 0 AND transfer = 0 AND lines = 0`, string(b.tenant))
	if err != nil {
		return fmt.Errorf("removing months without revenue: %w", err)
	}
	return nil
}

func addStatement(rows int) string {
	var statement strings.Builder
	statement.WriteString(`INSERT INTO mrr_movements AS m (tenant, grouped_by, currency, item_code, master_account_code, month,
		new, reactivation, expansion, contraction, churn, transfer, lines) VALUES `)
	for row := range rows {
		for column := range movementColumns {
			before := ", "
			switch {
			case column == 0 && row == 0:
				before = "("
			case column == 0:
				before = "), ("
			}
			fmt.Fprintf(&statement, "%s$%d", before, row*movementColumns+column+1)
		}
	}
	statement.WriteString(`) ON CONFLICT (tenant, grouped_by, currency, item_code, master_account_code, month) DO UPDATE SET
		new = m.new + excluded.new, reactivation = m.reactivation + excluded.reactivation,
		expansion = m.expansion + excluded.expansion, contraction = m.contraction + excluded.contraction,
		churn = m.churn + excluded.churn, transfer = m.transfer + excluded.transfer, lines = m.lines + excluded.lines`)
	return statement.String()
}
