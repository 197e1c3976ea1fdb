package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

var increaseChecks = []check{
	{"rate increases are created, changed and deleted", keepsIncreases},
	{"the progress of a rate increase is kept while its job works", keepsProgress},
	{"what a rate increase did to a line is noted once", notesRaises},
}

func anIncrease() increase.Increase {
	return increase.Increase{
		Plan: increase.Plan{
			Note: "2024 🔔", Percent: decimal.MustParse("3.5"), Minimum: dollars("0.50"), Maximum: dollars("99.00"), RoundTo: dollars("0.05"),
			Filter: increase.Filter{
				Items: []catalogue.ItemCode{"RMR-MON"}, BillTos: []catalogue.BillToID{1, 9}, Customers: []catalogue.CustomerID{7},
				Masters: []catalogue.MasterAccountCode{"MASTER-1"}, RaisedBefore: may.Start,
			},
			Excluded: []line.ID{3, 4}, Effective: may.End, Reason: "YEARLY",
		},
		State: increase.Planned,
	}
}

func keepsIncreases(t tenant) {
	before, i := len(t.feed()), anIncrease()
	t.write(func(ctx context.Context, w Writer) error { return w.CreateIncrease(ctx, &i) })
	if i.ID != 1 || i.Revision != first {
		t.Errorf("created increase %d at %+v", i.ID, i.Revision)
	}
	t.read(func(ctx context.Context, r Reader) error { return same(t, i)(r.Increase(ctx, 1)) })
	again := i
	t.refuse("a number in use", mutation.ErrTaken, func(ctx context.Context, w Writer) error { return w.CreateIncrease(ctx, &again) })
	stale := i
	i.Note, i.Percent, i.Amount, i.Effective, i.AtNextCycle, i.Actor = "", decimal.Decimal{}, dollars("-1.00"), date.Date{}, true, "me"
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateIncrease(ctx, &i) })
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, i)(r.Increase(ctx, 1)),
			same(t, []increase.Increase{i})(r.Increases(ctx, listing.Query{Where: listing.Is("state", increase.Planned), Order: []listing.Order{{Field: "name"}}})))
	})
	t.refuse("deleting a stale one", mutation.ErrStale, func(ctx context.Context, w Writer) error { return w.DeleteIncrease(ctx, stale) })
	t.refuse("a stale increase", mutation.ErrStale, func(ctx context.Context, w Writer) error { return w.UpdateIncrease(ctx, &stale) })
	t.write(func(ctx context.Context, w Writer) error { return w.DeleteIncrease(ctx, i) })
	t.read(func(ctx context.Context, r Reader) error {
		if _, err := r.Increase(ctx, 1); !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("a deleted increase: %v", err)
		}
		return nil
	})
	if added := len(t.feed()) - before; added != 3 {
		t.Errorf("%d entries in the feed", added)
	}
}

func keepsProgress(t tenant) {
	i := anIncrease()
	i.State = increase.Applying
	t.write(func(ctx context.Context, w Writer) error { return w.CreateIncrease(ctx, &i) })
	before := len(t.feed())
	i.Progress = increase.Progress{AppliedTo: 7, UndoneTo: 3, Raised: 4, Skipped: 3, Lowered: 2, Kept: 1, Change: money.Totals{"USD": money.SumOf(-5)}}
	t.write(func(ctx context.Context, w Writer) error { return w.KeepProgress(ctx, &i) })
	t.write(func(ctx context.Context, w Writer) error {
		failed := i
		failed.Attempts, failed.Failure = 2, "later"
		return w.PostponeStep(ctx, &failed, time.Unix(1, 0))
	})
	t.read(func(ctx context.Context, r Reader) error {
		got, err := r.Increase(ctx, i.ID)
		equal(t, "the progress", i.Progress, got.Progress)
		if got.Version != 1 || got.Attempts != 2 || got.Failure != "later" {
			t.Errorf("%+v", got)
		}
		return err
	})
	other := i
	other.State = increase.Undoing
	t.refuse("another state", mutation.ErrStale, func(ctx context.Context, w Writer) error { return w.KeepProgress(ctx, &other) })
	if len(t.feed()) != before {
		t.Errorf("progress is in the feed")
	}
}

func notesRaises(t tenant) {
	raised := increase.Line{
		Increase: 1, Line: 7, Outcome: increase.Raised,
		Raise: line.Raise{
			Old: dollars("5.00"), Rate: line.Rate{Effective: may.Start, AppliesFrom: may.End, MonthlyAmount: dollars("6.00"), Reason: "YEARLY"},
			Replaced: []line.Rate{{Effective: may.Start, MonthlyAmount: dollars("5.50"), Reason: "OTHER"}},
		},
	}
	skipped := increase.Line{Increase: 1, Line: 8, Outcome: increase.Skipped, Raise: line.Raise{Old: dollars("-5.00")}, Message: "it is a discount"}
	elsewhere := skipped
	elsewhere.Increase = 2
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.NoteLine(ctx, raised), w.NoteLine(ctx, skipped), w.NoteLine(ctx, elsewhere))
	})
	t.refuse("a line that is known", mutation.ErrTaken, func(ctx context.Context, w Writer) error { return w.NoteLine(ctx, raised) })
	query := listing.Numbered(increase.FieldLine, line.ID(0), 10)
	query.Where = listing.Is(increase.FieldIncrease, increase.ID(1))
	t.read(func(ctx context.Context, r Reader) error {
		return same(t, []increase.Line{raised, skipped})(r.IncreaseLines(ctx, query))
	})
	raised.Outcome, raised.Message = increase.Kept, "it is billed"
	t.write(func(ctx context.Context, w Writer) error { return w.SettleLine(ctx, raised) })
	t.read(func(ctx context.Context, r Reader) error {
		return same(t, []increase.Line{raised, skipped})(r.IncreaseLines(ctx, query))
	})
}
