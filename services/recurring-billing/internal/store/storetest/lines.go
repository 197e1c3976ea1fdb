package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

var lineChecks = []check{
	{"an update replaces the line and its version", updates},
	{"an update of another version is rejected", stale},
	{"an update of a line that was read writes all that differs", updatesWhatDiffers},
	{"rates are put and deleted by date", rates},
	{"a cancellation is kept, and whether its credit waits", cancels},
	{"credits are kept in order until they are deleted", credits},
	{"lines are found by customer and by master account", findsLines},
}

func updates(t tenant) {
	l, other := aLine(), aLine()
	t.write(func(ctx context.Context, w Writer) error {
		second := catalogue.BillTo{ID: 5, Customer: 7}
		return errors.Join(stock(ctx, w), w.CreateBillTo(ctx, &second), w.CreateLine(ctx, &l), w.CreateLine(ctx, &other))
	})
	later := kept.Add(time.Hour)
	change := plainLine()
	change.ID, change.Anchor, change.Revision = l.ID, l.Anchor, l.Revision
	change.BillTo, change.BillCycle, change.Description, change.Memo = 5, line.Annual, "Fire", "note"
	change.NextCycle = date.MustNew(2025, time.February, 28)
	updated := change
	if err := t.Write(t.Context(), t.by, later, func(ctx context.Context, w Writer) error {
		updated = change
		return w.UpdateLine(ctx, &updated)
	}); err != nil {
		t.Fatal(err)
	}
	change.Version, change.Updated = 2, later
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, change)(updated, nil), same(t, change)(r.Line(ctx, l.ID)), same(t, other)(r.Line(ctx, other.ID)))
	})
}

func updatesWhatDiffers(t tenant) {
	l, other := aLine(), aLine()
	t.write(func(ctx context.Context, w Writer) error {
		second := catalogue.BillTo{ID: 5, Customer: 7}
		return errors.Join(stock(ctx, w), w.CreateBillTo(ctx, &second), w.CreateLine(ctx, &l), w.CreateLine(ctx, &other))
	})
	plain := plainLine()
	changes := []func(*line.Line){
		func(*line.Line) {}, // its rates, say
		func(l *line.Line) { l.Memo = "terms" },
		func(l *line.Line) { l.BillCycle, l.Description = line.Annual, "Fire" },
		func(l *line.Line) { l.NextCycle = date.MustNew(2025, time.February, 28) },
		func(l *line.Line) { l.BillTo = 5 },
		func(l *line.Line) { l.Item = plain.Item },
		func(l *line.Line) { l.MasterItem, l.MasterAccount = plain.MasterItem, plain.MasterAccount },
		func(l *line.Line) { l.End = date.MustNew(2031, time.March, 1) },
		func(l *line.Line) { l.Timing = line.InArrears },
	}
	for i, change := range changes {
		t.write(func(ctx context.Context, w Writer) error {
			read, err := w.Line(ctx, l.ID)
			if err != nil {
				return err
			}
			change(&read)
			if err := w.UpdateLine(ctx, &read); err != nil {
				return err
			}
			changes[len(changes)-1-i](&read) // once more, after what was read is no longer what is stored
			err = w.UpdateLine(ctx, &read)
			l = read
			return err
		})
		t.read(func(ctx context.Context, r Reader) error {
			return errors.Join(same(t, l)(r.Line(ctx, l.ID)), same(t, other)(r.Line(ctx, other.ID)))
		})
	}
	if err := t.Write(t.Context(), t.by, at, func(ctx context.Context, w Writer) error {
		late, err := w.Line(ctx, l.ID)
		late.Version--
		late.Memo = "too late"
		return errors.Join(err, w.UpdateLine(ctx, &late))
	}); !errors.Is(err, mutation.ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
}

func stale(t tenant) {
	line := aLine()
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &line))
	})
	before, entries := line, 0
	t.write(func(ctx context.Context, w Writer) error { line = before; return w.UpdateLine(ctx, &line) })
	entries = len(t.feed())
	err := t.Write(t.Context(), t.by, at, func(ctx context.Context, w Writer) error {
		late := before
		late.Memo = "too late"
		return w.UpdateLine(ctx, &late)
	})
	if !errors.Is(err, mutation.ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
	t.read(func(ctx context.Context, r Reader) error { return same(t, line)(r.Line(ctx, line.ID)) })
	if got := len(t.feed()); got != entries {
		t.Errorf("the feed has %d entries, had %d", got, entries)
	}
}

func rates(t tenant) {
	l, other := aLine(), aLine()
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &l), w.CreateLine(ctx, &other))
	})
	changed := line.Rate{Effective: l.Rates[1].Effective, AppliesFrom: l.Rates[1].Effective.AddDays(9), MonthlyAmount: dollars("6.00"), Reason: "AGAIN"}
	again := line.Rate{Effective: changed.Effective, AppliesFrom: changed.AppliesFrom.AddDays(1), MonthlyAmount: dollars("7.00"), Reason: "AGAIN"}
	added := line.Rate{
		Effective: date.MustNew(2029, time.December, 31), MonthlyAmount: dollars("0.00"), Reason: "FREE", Note: line.Note{User: "BOB"},
	}
	entries := len(t.feed())
	t.write(func(ctx context.Context, w Writer) error {
		return w.ReplaceRates(ctx, l.ID, []line.Rate{changed, again, added})
	})
	l.Rates = []line.Rate{changed, again, added}
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, l)(r.Line(ctx, l.ID)), same(t, other)(r.Line(ctx, other.ID)))
	})
	if got := len(t.feed()); got != entries {
		t.Errorf("the feed has %d entries, had %d: a rate must be published with its line only", got, entries)
	}
	t.write(func(ctx context.Context, w Writer) error {
		kept := l
		kept.Rates = nil
		return w.UpdateLine(ctx, &kept)
	})
	t.read(func(ctx context.Context, r Reader) error {
		got, err := r.Line(ctx, l.ID)
		return errors.Join(err, same(t, l.Rates)(got.Rates, nil))
	})
}

func cancels(t tenant) {
	cancelled := t.lines(2)[0]
	cancelled.End = march.Start
	cancelled.Cancellation = line.Cancellation{
		Reason: "MOVED", FormerEnd: may.End, Credit: dollars("1.00"), Pending: true, Note: line.Note{Comments: "far\naway", User: "ANN"},
	}
	cancelled.Credits = []line.Credit{aCredit(cancelled)}
	update := func(ctx context.Context, w Writer) error { return w.UpdateLine(ctx, &cancelled) }
	kept := func(ctx context.Context, r Reader) error { return same(t, cancelled)(r.Line(ctx, cancelled.ID)) }
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateCredit(ctx, cancelled.ID, aCredit(cancelled)), w.UpdateLine(ctx, &cancelled))
	})
	t.read(kept)
	t.write(func(ctx context.Context, w Writer) error { return w.DeleteCredits(ctx, cancelled.ID) })
	cancelled.Cancellation.Pending, cancelled.Credits = false, nil
	t.read(kept)
	equal(t, "number of the first cancellation", 1, cancelled.Cancellation.Number)
	cancelled.End, cancelled.Cancellation = date.Date{}, line.Cancellation{}
	t.write(update)
	t.read(kept)
	cancelled.Cancellation = line.Cancellation{Reason: "AGAIN"}
	t.write(update)
	t.read(kept)
	equal(t, "number of the next cancellation", 2, cancelled.Cancellation.Number)
}

func credits(t tenant) {
	l := aLine()
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &l))
	})
	first := line.Credit{BillTo: l.BillTo, From: l.LastCycle, To: l.NextCycle, Amount: dollars("1.00"), Reason: "MOVED"}
	first.Elsewhere = []billing.PricedDays{{
		Span: march, Period: march,
		Pricing: billing.Pricing{Monthly: 3100, Months: 1, ByMonth: true, BillDay: 1, First: march.Start, Rate: billing.RateDates{Effective: march.Start, From: march.Start}},
	}}
	second := line.Credit{BillTo: 9, From: l.LastCycle, To: l.NextCycle, Amount: dollars("2.00"), Invoice: "7-9-USD"}
	remove := func() error {
		return t.Write(t.Context(), t.by, at, func(ctx context.Context, w Writer) error { return w.DeleteCredits(ctx, l.ID) })
	}
	has := func(pending bool, want ...line.Credit) {
		t.Helper()
		t.read(func(ctx context.Context, r Reader) error {
			got, err := r.Line(ctx, l.ID)
			equal(t, "pending", pending, got.Cancellation.Pending)
			return errors.Join(err, same(t, want)(got.Credits, nil))
		})
	}
	if err := remove(); !errors.Is(err, mutation.ErrNotFound) {
		t.Errorf("deleting a credit that does not exist: %v, want ErrNotFound", err)
	}
	t.write(func(ctx context.Context, w Writer) error { return w.CreateCredit(ctx, l.ID, first) })
	has(true, first)
	if err := t.Write(t.Context(), auth.Principal{Tenant: t.by.Tenant + "-other"}, at, func(ctx context.Context, w Writer) error {
		return w.DeleteCredits(ctx, l.ID)
	}); !errors.Is(err, mutation.ErrNotFound) {
		t.Errorf("deleting another tenant's credit: %v, want ErrNotFound", err)
	}
	if err := remove(); err != nil {
		t.Errorf("deleting the credit: %v", err)
	}
	has(false)
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateCredit(ctx, l.ID, second), w.CreateCredit(ctx, l.ID, first))
	})
	has(true, second, first)
	if err := remove(); !errors.Is(err, mutation.ErrNotFound) {
		t.Errorf("deleting credits of which an invoice carries one: %v, want ErrNotFound", err)
	}
	has(true, second, first)
}

func findsLines(t tenant) {
	t.write(func(ctx context.Context, w Writer) error {
		second := catalogue.BillTo{ID: 9, Customer: 7}
		err := errors.Join(stock(ctx, w), w.CreateBillTo(ctx, &second))
		for _, customer := range []catalogue.CustomerID{7, 8, 7, 7} {
			one := plainLine()
			one.Customer = customer
			if customer == 8 {
				one.MasterAccount = "MASTER-1"
			}
			err = errors.Join(err, w.CreateLine(ctx, &one))
		}
		return err
	})
	number := func(l line.Line) int32 { return int32(l.ID) }
	t.read(func(ctx context.Context, r Reader) error {
		of := func(where listing.Condition, after line.ID) ([]line.Line, error) {
			query := listing.Numbered("name", after, 2)
			query.Where = where
			return r.Lines(ctx, query)
		}
		first, err := of(listing.Is("customer_id", 7), 0)
		wantIDs(t, first, number, 1, 3)
		rest, restErr := of(listing.Is("customer_id", 7), 3)
		wantIDs(t, rest, number, 4)
		masters, masterErr := of(listing.Is("master_account", "MASTER-1"), 0)
		wantIDs(t, masters, number, 2)
		billTo, billToErr := r.BillToOf(ctx, 7)
		if billTo.ID != 1 {
			t.Errorf("the customer's first bill-to is %d, want 1", billTo.ID)
		}
		if _, err := r.BillToOf(ctx, 4711); !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("the bill-to of an unknown customer: got %v, want ErrNotFound", err)
		}
		if _, err := r.MasterAccountNumbered(ctx, 4711); !errors.Is(err, mutation.ErrNotFound) {
			t.Errorf("an unknown master account: %v, want ErrNotFound", err)
		}
		return errors.Join(err, restErr, masterErr, billToErr)
	})
}
