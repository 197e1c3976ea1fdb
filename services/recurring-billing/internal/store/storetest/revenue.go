package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
)

var revenueChecks = []check{
	{"one worker at a time counts a tenant", leasesTenants},
	{"a stretch is the changes of lines, in order", readsStretches},
	{"a stretch is counted whole or not at all", countsWhole},
	{"the series of lines are kept", keepsSeries},
	{"a tally adds to what was counted", addsTallies},
	{"a report is in the order of its keys, however long", reportsInOrder},
}

func lease(owner string, now time.Time) revenue.Lease {
	return revenue.Lease{Owner: owner, Now: now, Until: now.Add(30 * time.Second)}
}

// behind returns how many tenants the worker could count.
func (t tenant) behind(by revenue.Lease) int {
	t.Helper()
	tenants, err := t.Revenue.Behind(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	return len(tenants)
}

// next returns the next stretch of at most limit changes.
func (t tenant) next(limit int) revenue.Stretch {
	t.Helper()
	stretch, err := t.Revenue.Next(t.Context(), t.by.Tenant, limit)
	if err != nil {
		t.Fatal(err)
	}
	return stretch
}

// advance moves over a stretch without counting it.
func (t tenant) advance(by revenue.Lease, stretch revenue.Stretch) bool {
	t.Helper()
	advanced, err := t.Revenue.Advance(t.Context(), by, stretch, func(context.Context, revenue.Writer) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return advanced
}

// oneMore creates one more line.
func (t tenant) oneMore() {
	t.Helper()
	l := plainLine()
	t.write(func(ctx context.Context, w Writer) error { return w.CreateLine(ctx, &l) })
}

// counts runs do in the transaction that counts the creation of one more line.
func (t tenant) counts(do func(context.Context, revenue.Writer) error) {
	t.Helper()
	t.oneMore()
	if advanced, err := t.Revenue.Advance(t.Context(), lease("a", kept), t.next(100), do); err != nil || !advanced {
		t.Fatalf("counting: %v, %v", advanced, err)
	}
}

func leasesTenants(t tenant) {
	if t.behind(lease("a", kept)) != 0 {
		t.Error("a tenant without lines is behind")
	}
	t.lines(3)
	first := t.next(1)
	if t.behind(lease("a", kept)) != 1 || !t.advance(lease("a", kept), first) {
		t.Fatal("a free tenant was not counted")
	}
	if t.advance(lease("a", kept), first) {
		t.Error("a stretch was counted twice")
	}
	second := t.next(1)
	if t.behind(lease("b", kept)) != 0 || t.advance(lease("b", kept), second) {
		t.Error("a tenant was counted in spite of another's lease")
	}
	if t.behind(lease("a", kept)) != 1 || !t.advance(lease("a", kept), second) {
		t.Error("the owner of the lease did not go on")
	}
	for name, later := range map[string]time.Time{"the lease is over": kept.Add(30 * time.Second), "the clock was put back": kept.Add(-time.Hour)} {
		if t.behind(lease("b", later)) != 1 {
			t.Errorf("%s: the tenant is not taken over", name)
		}
	}
	if err := t.Revenue.Release(t.Context(), lease("a", kept)); err != nil {
		t.Fatal(err)
	}
	if t.behind(lease("b", kept)) != 1 || !t.advance(lease("b", kept), t.next(1)) {
		t.Error("a released tenant was not counted")
	}
	if last := t.next(1); !t.advance(lease("b", kept), last) || t.behind(lease("b", kept)) != 0 {
		t.Errorf("all is counted, and yet there is more: %+v", last)
	}
}

func readsStretches(t tenant) {
	lines := t.lines(3)
	t.other().lines(1)
	part, whole := t.next(2), t.next(10)
	if !part.More || len(part.States) != 2 || whole.More || len(whole.States) != 3 {
		t.Fatalf("stretches of %d (more: %v) and %d (more: %v) changes", len(part.States), part.More, len(whole.States), whole.More)
	}
	for i, state := range whole.States {
		if state.Deleted || !state.At.Equal(kept) {
			t.Errorf("change %d: %+v", i, state)
		}
		equal(t, "line", lines[i].ID, state.ID)
	}
	equal(t, "as of", kept, whole.After.AsOf)
	equal(t, "before the first", revenue.Progress{}, whole.Before)
	t.advance(lease("a", kept), whole)
	equal(t, "after it", whole.After, t.next(10).Before)
}

func countsWhole(t tenant) {
	t.lines(1)
	stretch, broken := t.next(10), errors.New("broken")
	series := map[line.ID]revenue.Series{1: {Currency: "USD"}}
	advanced, err := t.Revenue.Advance(t.Context(), lease("a", kept), stretch, func(ctx context.Context, w revenue.Writer) error {
		return errors.Join(w.PutSeries(ctx, series), w.Add(ctx, aTally("A", 5, 1)), broken)
	})
	if advanced || !errors.Is(err, broken) {
		t.Fatalf("advanced: %v, %v", advanced, err)
	}
	equal(t, "counted", nil, t.counted(revenue.Query{Grouping: revenue.ByItem, To: january + 12}))
	if again := t.next(10); again.Before != stretch.Before {
		t.Errorf("progress: %+v", again.Before)
	}
	t.counts(func(ctx context.Context, w revenue.Writer) error {
		kept, err := w.Series(ctx, []line.ID{1})
		equal(t, "series", map[line.ID]revenue.Series{}, kept)
		return err
	})
}

func keepsSeries(t tenant) {
	t.lines(1)
	series := map[line.ID]revenue.Series{
		1: {Currency: "USD", Steps: []revenue.Step{{From: january, Minor: 5}}, Placements: []revenue.Placement{{Group: revenue.Group{Item: "\"A\"", MasterAccount: "M"}}}},
		2: {Currency: "EUR"},
	}
	replaced := map[line.ID]revenue.Series{1: {Currency: "EUR", Steps: []revenue.Step{}, Placements: []revenue.Placement{}}}
	t.counts(func(ctx context.Context, w revenue.Writer) error {
		return errors.Join(w.PutSeries(ctx, series), w.PutSeries(ctx, nil), same(t, series)(w.Series(ctx, []line.ID{3, 2, 1})))
	})
	t.counts(func(ctx context.Context, w revenue.Writer) error { return w.PutSeries(ctx, replaced) })
	t.counts(func(ctx context.Context, w revenue.Writer) error {
		return errors.Join(
			same(t, map[line.ID]revenue.Series{1: replaced[1], 2: series[2]})(w.Series(ctx, []line.ID{1, 2})),
			same(t, map[line.ID]revenue.Series{2: series[2]})(w.Series(ctx, []line.ID{2})))
	})
	other := t.other()
	other.lines(1)
	other.counts(func(ctx context.Context, w revenue.Writer) error {
		return same(t, map[line.ID]revenue.Series{})(w.Series(ctx, []line.ID{1, 2}))
	})
}

var january = revenue.MonthOf(date.MustNew(2026, time.January, 1))

// aTally returns a tally of new revenue of an item's lines in January.
func aTally(item catalogue.ItemCode, minor, lines int64) revenue.Tally {
	key := revenue.Key{Currency: "USD", Group: revenue.Group{Item: item}, Month: january}
	return revenue.Tally{{Grouping: revenue.ByItem, Key: key}: {New: minor, Lines: lines}}
}

// counted returns the figures that a report reads.
func (t tenant) counted(query revenue.Query) (all []revenue.Counted) {
	t.Helper()
	query.Tenant = t.by.Tenant
	err := t.Revenue.Report(t.Context(), query, func(_ revenue.Progress, _ bool, counted iter.Seq2[revenue.Counted, error]) error {
		for one, err := range counted {
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func addsTallies(t tenant) {
	t.lines(1)
	items := revenue.Query{Grouping: revenue.ByItem, To: january}
	t.counts(func(ctx context.Context, w revenue.Writer) error {
		return errors.Join(w.Add(ctx, aTally("A", 5, 1)), w.Add(ctx, aTally("A", 7, 1)), w.Add(ctx, aTally("B", 1, 1)), w.Add(ctx, aTally("C", 0, 0)))
	})
	key := func(item catalogue.ItemCode) revenue.Key {
		return revenue.Key{Currency: "USD", Group: revenue.Group{Item: item}, Month: january}
	}
	a, b := revenue.Counted{Key: key("A"), Figures: revenue.Figures{New: 12, Lines: 2}}, revenue.Counted{Key: key("B"), Figures: revenue.Figures{New: 1, Lines: 1}}
	equal(t, "by item", []revenue.Counted{a, b}, t.counted(items))
	equal(t, "by nothing", nil, t.counted(revenue.Query{To: january}))
	equal(t, "up to the month before", nil, t.counted(revenue.Query{Grouping: revenue.ByItem, To: january - 1}))
	equal(t, "another tenant's", nil, t.other().counted(items))
	t.counts(func(ctx context.Context, w revenue.Writer) error { return w.Add(ctx, aTally("A", -12, -2)) })
	equal(t, "a month in which nothing moves any more", []revenue.Counted{b}, t.counted(items))
	t.reports(revenue.Progress{Position: t.next(1).Before.Position, AsOf: kept}, false)
	t.oneMore()
	t.reports(t.next(1).Before, true)
}

// reports checks the progress in a report, and whether changes wait.
func (t tenant) reports(want revenue.Progress, waits bool) {
	t.Helper()
	err := t.Revenue.Report(t.Context(), revenue.Query{Tenant: t.by.Tenant}, func(got revenue.Progress, waiting bool, _ iter.Seq2[revenue.Counted, error]) error {
		equal(t, "progress", want, got)
		equal(t, "waiting", waits, waiting)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func reportsInOrder(t tenant) {
	t.lines(1)
	const items = 5500
	tally, want := revenue.Tally{}, make([]revenue.Counted, items)
	for i := range want {
		want[i].Item, want[i].Currency, want[i].Month = catalogue.ItemCode(fmt.Sprintf("I-%04d", i)), "USD", january
		want[i].Figures = revenue.Figures{Expansion: int64(i + 1)}
		tally[revenue.Cell{Grouping: revenue.ByItem, Key: want[i].Key}] = want[i].Figures
	}
	t.counts(func(ctx context.Context, w revenue.Writer) error { return w.Add(ctx, tally) })
	equal(t, "all", want, t.counted(revenue.Query{Grouping: revenue.ByItem, To: january}))
	from := want[items-2]
	equal(t, "from a group on", want[items-2:], t.counted(revenue.Query{Grouping: revenue.ByItem, To: january, After: from.Key}))
	tenants, err := t.Revenue.Behind(t.Context(), lease("a", kept))
	equal(t, "behind", []auth.Tenant(nil), tenants)
	if err != nil {
		t.Fatal(err)
	}
}
