package store

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// CreateLines inserts recurring lines that have numbers.
func (w *writer) CreateLines(ctx context.Context, lines []line.Line) error {
	if len(lines) == 0 {
		return nil
	}
	created, cycles := make([]rows.RecurringLine, len(lines)), make([]rows.LineCycle, len(lines))
	rates := make([]rows.LineRate, 0, len(lines))
	used := make([]line.ID, len(lines))
	for i := range lines {
		l := &lines[i]
		if err := w.numberCancellation(ctx, l); err != nil {
			return err
		}
		l.Revision = w.created()
		used[i] = l.ID
		created[i], cycles[i] = lineRow(w.tenant, l), lineCycleRow(w.tenant, l)
		for n, rate := range l.Rates {
			rates = append(rates, rateRow(w.tenant, l.ID, n, rate))
		}
	}
	if err := note(ctx, w, lineKind, slices.Values(used)); err != nil {
		return err
	}
	if err := importAll(ctx, w, "recurring_lines", created); err != nil {
		return err
	}
	if err := importAll(ctx, w, "line_cycles", cycles); err != nil {
		return err
	}
	if err := importAll(ctx, w, "line_rates", rates); err != nil {
		return err
	}
	return store.RecordAll(ctx, w.Writer, feed.Created, lines)
}
