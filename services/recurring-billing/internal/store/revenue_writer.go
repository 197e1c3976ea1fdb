package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// ledger reads and writes the recurring revenue of a tenant in a transaction.
type ledger struct {
	tx     *database.Tx
	tenant auth.Tenant
}

// Series reads the series of lines.
func (b *ledger) Series(ctx context.Context, lines []line.ID) (map[line.ID]revenue.Series, error) {
	many, err := database.Many(b.tx, lines)
	if err != nil {
		return nil, err
	}
	type kept struct {
		line   line.ID
		series revenue.Series
	}
	found, err := database.Select(ctx, b.tx, "line's revenue", func(row database.Row) (k kept, err error) {
		var text []byte
		if err := row.Scan(&k.line, &text); err != nil {
			return k, err
		}
		return k, json.Unmarshal(text, &k.series)
	}, `SELECT line_id, series FROM revenue_lines WHERE tenant = $1 AND line_id`+b.tx.In("$2"), string(b.tenant), many)
	if err != nil {
		return nil, err
	}
	series := make(map[line.ID]revenue.Series, len(found))
	for _, one := range found {
		series[one.line] = one.series
	}
	return series, nil
}

// PutSeries replaces the series of lines.
func (b *ledger) PutSeries(ctx context.Context, series map[line.ID]revenue.Series) error {
	lines := slices.Sorted(maps.Keys(series))
	many, err := database.Many(b.tx, lines)
	if err != nil {
		return err
	}
	_, err = b.tx.ExecContext(ctx, `DELETE FROM revenue_lines WHERE tenant = $1 AND line_id`+b.tx.In("$2"), string(b.tenant), many)
	if err != nil {
		return fmt.Errorf("replacing the revenue of lines: %w", err)
	}
	kept := make([]rows.RevenueLine, len(lines))
	for i, l := range lines {
		text, err := json.Marshal(series[l])
		if err != nil {
			return fmt.Errorf("writing the revenue of recurring line %d: %w", l, err)
		}
		kept[i] = rows.RevenueLine{Tenant: string(b.tenant), LineID: int64(l), Series: string(text)}
	}
	return insertAll(ctx, b.tx, "revenue_lines", kept)
}

// movementKey lists the columns of a cell, and movementSums those of its figures.
const (
	movementKey  = "grouped_by, currency, item_code, master_account_code, month"
	movementSums = "new, reactivation, expansion, contraction, churn, transfer, lines"
)

// Add adds a tally to the figures, and removes months without movements.
func (b *ledger) Add(ctx context.Context, tally revenue.Tally) error {
	var sums, reduced [][]any
	for _, cell := range slices.SortedFunc(maps.Keys(tally), revenue.Cell.Compare) {
		f := tally[cell]
		if f == (revenue.Figures{}) {
			continue
		}
		key := []any{cell.Grouping, cell.Currency, cell.Item, cell.MasterAccount, cell.Month}
		if f.Reduces() {
			reduced = append(reduced, key)
		}
		sums = append(sums, append(slices.Clip(key), f.New, f.Reactivation, f.Expansion, f.Contraction, f.Churn, f.Transfer, f.Lines))
	}
	err := b.each(ctx, sums, `INSERT INTO revenue_movements AS m (tenant, `+movementKey+", "+movementSums+`)
		SELECT $1, `+keyOfRow+`, `+sumsOfRow+` FROM `+b.rows()+` WHERE true ON CONFLICT (tenant, `+movementKey+`) DO UPDATE SET
		new = m.new + excluded.new, reactivation = m.reactivation + excluded.reactivation, expansion = m.expansion + excluded.expansion,
		contraction = m.contraction + excluded.contraction, churn = m.churn + excluded.churn, transfer = m.transfer + excluded.transfer,
		lines = m.lines + excluded.lines`)
	if err != nil {
		return fmt.Errorf("counting revenue: %w", err)
	}
	err = b.each(ctx, reduced, `DELETE FROM revenue_movements WHERE tenant = $1 AND (`+movementKey+`) IN (SELECT `+keyOfRow+` FROM `+b.rows()+`)
		AND new = 0 AND reactivation = 0 AND expansion = 0 AND contraction = 0 AND churn = 0 AND transfer = 0 AND lines = 0`)
	if err != nil {
		return fmt.Errorf("removing months without revenue: %w", err)
	}
	return nil
}

// each runs a statement on the tenant ($1) and many rows, which are passed as one JSON text ($2).
func (b *ledger) each(ctx context.Context, rows [][]any, statement string) error {
	if len(rows) == 0 {
		return nil
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	_, err = b.tx.ExecContext(ctx, statement, string(b.tenant), string(text))
	return err
}

// rows returns the table of the rows in $2. Its only column is value, a JSON array.
func (b *ledger) rows() string {
	if b.tx.Engine == database.PostgreSQL {
		return `jsonb_array_elements(CAST($2 AS jsonb)) AS r(value)`
	}
	return `json_each($2) AS r`
}

// keyOfRow and sumsOfRow are the columns that a row of rows holds.
const (
	keyOfRow  = `CAST(r.value ->> 0 AS BIGINT), r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4`
	sumsOfRow = `CAST(r.value ->> 5 AS BIGINT), CAST(r.value ->> 6 AS BIGINT), CAST(r.value ->> 7 AS BIGINT), CAST(r.value ->> 8 AS BIGINT),
		CAST(r.value ->> 9 AS BIGINT), CAST(r.value ->> 10 AS BIGINT), CAST(r.value ->> 11 AS BIGINT)`
)
