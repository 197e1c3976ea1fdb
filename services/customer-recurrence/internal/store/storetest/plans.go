package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/plan"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

func termChangesRead(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.createFamily(t, bea, "one")
	made := func(id string, version recurrence.Version, when time.Time) recurrence.Change {
		made := change("one", id, version)
		made.CreateTime = when
		return made
	}
	before, after := made("one", 1, at.Add(-time.Microsecond)), made("one", 4, at.Add(time.Hour))
	terms, other := made("one", 3, at), made("other", 2, at)
	none := made("one", 5, at.Add(time.Hour))
	none.Difference.OldTerms, none.Difference.NewTerms = nil, nil
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		err := w.CreateRecurrence(ctx, newRecurrence("one", "other"))
		for _, one := range []recurrence.Change{before, terms, after, none, other} {
			err = errors.Join(err, w.CreateChange(ctx, one))
		}
		return err
	})
	both := []recurrence.Key{key("one", "one"), key("one", "other"), key("one", "none")}
	for _, test := range []struct {
		of    []recurrence.Key
		since time.Time
		limit int
		want  []recurrence.Change
	}{
		{both, at, 9, []recurrence.Change{after, terms, change("one", "one", 2), other}},
		{both[:1], at, 2, []recurrence.Change{after, terms}},
		{both[1:], at, 9, []recurrence.Change{other}},
		{both, at.Add(time.Microsecond), 9, []recurrence.Change{after}},
		{nil, at, 9, nil},
	} {
		o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
			got, err := r.TermChanges(ctx, test.of, test.since, test.limit)
			slices.SortStableFunc(got, func(a, b recurrence.Change) int { return cmp.Compare(a.Recurrence, b.Recurrence) })
			same(t, test.want, got)
			return err
		})
	}
	o.read(t, bea.Tenant, func(ctx context.Context, r books.Reader) error {
		got, err := r.TermChanges(ctx, both, at, 9)
		same(t, []recurrence.Change{change("one", "one", 2)}, got)
		return err
	})
}

// contract creates customers one and two. The first has a recurrence of each state, of which three are in force, with the services of services.
func (o Opened) contract(t *testing.T) {
	t.Helper()
	started, paid := date.MustNew(2026, 1, 10), date.MustNew(2026, 3, 31)
	with := func(owner, id string, terms recurrence.Terms, services ...recurrence.ContractedService) recurrence.Recurrence {
		made := newRecurrence(owner, id)
		made.Terms, made.Services = terms, services
		return made
	}
	const most = math.MaxInt32
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		err := errors.Join(w.CreateCustomer(ctx, newCustomer("one")), w.CreateCustomer(ctx, newCustomer("two")))
		for _, made := range []recurrence.Recurrence{
			with("one", "a", recurrence.Terms{State: recurrence.Active, Cycle: recurrence.Monthly, StartDate: started, PaidUntil: paid},
				recurrence.ContractedService{ServiceID: "s", TransactionLimit: 5}, recurrence.ContractedService{ServiceID: "free"},
				recurrence.ContractedService{ServiceID: "much", TransactionLimit: most}),
			with("one", "b", recurrence.Terms{State: recurrence.Cancelling, Cycle: recurrence.Annual, PaidUntil: paid},
				recurrence.ContractedService{ServiceID: "much", TransactionLimit: most}, recurrence.ContractedService{ServiceID: "s", TransactionLimit: 7}),
			with("one", "c", recurrence.Terms{State: recurrence.Paused, Cycle: recurrence.Monthly, StartDate: started}),
			with("one", "d", recurrence.Terms{State: recurrence.Draft, Cycle: recurrence.Quarterly}, recurrence.ContractedService{ServiceID: "s", TransactionLimit: 100}),
			with("one", "e", recurrence.Terms{State: recurrence.Cancelled, Cycle: recurrence.Quarterly}, recurrence.ContractedService{ServiceID: "s", TransactionLimit: 100}),
			with("two", "a", recurrence.Terms{State: recurrence.Active, Cycle: recurrence.Quarterly}, recurrence.ContractedService{ServiceID: "s", TransactionLimit: 1000}),
		} {
			err = errors.Join(err, w.CreateRecurrence(ctx, made))
		}
		return err
	})
}

// ofOne are the customers whose plan is summed.
var ofOne = listing.Is("name", "one")

func (o Opened) plan(t *testing.T, by auth.Principal, do func(context.Context, plan.Reader) error) {
	t.Helper()
	if err := o.Plans.Read(t.Context(), by.Tenant, do); err != nil {
		t.Fatal(err)
	}
}

func anchorsFound(t *testing.T, o Opened) {
	o.contract(t)
	monthly := plan.Anchor{Cycle: recurrence.Monthly, From: date.MustNew(2026, 1, 10)}
	annual := plan.Anchor{Cycle: recurrence.Annual, From: date.MustNew(2026, 3, 31)}
	for _, test := range []struct {
		by    auth.Principal
		of    listing.Condition
		limit int
		want  []plan.Anchor
	}{
		{ana, ofOne, 9, []plan.Anchor{annual, monthly}},
		{ana, nil, 9, []plan.Anchor{annual, monthly, {Cycle: recurrence.Quarterly}}},
		{ana, listing.Is("name", "two"), 1, []plan.Anchor{{Cycle: recurrence.Quarterly}}},
		{bea, nil, 9, nil},
	} {
		o.plan(t, test.by, func(ctx context.Context, r plan.Reader) error {
			got, err := r.Anchors(ctx, test.of, test.limit)
			slices.SortFunc(got, func(a, b plan.Anchor) int { return strings.Compare(string(a.Cycle), string(b.Cycle)) })
			same(t, test.want, got)
			return err
		})
	}
	o.plan(t, ana, func(ctx context.Context, r plan.Reader) error {
		got, err := r.Anchors(ctx, nil, 2)
		if len(got) != 2 {
			t.Errorf("at most two: got %v", got)
		}
		return err
	})
}

func plansSummed(t *testing.T, o Opened) {
	o.contract(t)
	month := usage.MonthOf(date.MustNew(2026, 2, 1))
	monthly := usage.Window{Start: date.MustNew(2026, 2, 10), End: date.MustNew(2026, 3, 10)}
	annual := usage.Window{Start: date.MustNew(2025, 3, 31), End: date.MustNew(2026, 3, 31)}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		var totals []usage.Total
		for _, of := range []struct {
			owner, id string
			service   catalogue.ServiceID
			window    usage.Window
			consumed  int64
		}{
			{"one", "a", "s", month, 3}, {"one", "b", "s", month, 4}, {"one", "a", "not contracted", month, 9}, {"two", "a", "s", month, 1000},
			{"one", "d", "s", month, 100}, {"one", "a", "much", month, 1 << 62}, {"one", "b", "much", month, 1 << 62},
			{"one", "a", "s", monthly, 10}, {"one", "b", "s", annual, 20_000_000_000_001}, {"one", "b", "s", monthly, 1},
		} {
			totals = append(totals, usage.Total{
				ID: usage.TotalID(fmt.Sprint(len(totals))), Place: usage.Place{Recurrence: key(of.owner, of.id), ServiceID: of.service, Window: of.window}, Consumed: of.consumed,
			})
		}
		return w.CreateTotals(ctx, totals)
	})
	byMonth := []plan.Sum{
		{ServiceID: "s", Window: month, Included: 12, Consumed: 7}, {ServiceID: "free", Window: month, Unlimited: true},
		{ServiceID: "much", Window: month, Included: 2 * math.MaxInt32, Consumed: math.MaxInt64},
	}
	byCycle := []plan.Sum{
		{ServiceID: "s", Window: monthly, Included: 12, Consumed: 20_000_000_000_011}, {ServiceID: "free", Window: monthly, Unlimited: true},
		{ServiceID: "much", Window: monthly, Included: 2 * math.MaxInt32},
	}
	windows := map[plan.Anchor]usage.Window{
		{Cycle: recurrence.Monthly, From: date.MustNew(2026, 1, 10)}: monthly, {Cycle: recurrence.Annual, From: date.MustNew(2026, 3, 31)}: annual,
	}
	for _, test := range []struct {
		by      auth.Principal
		windows map[plan.Anchor]usage.Window
		limit   int
		want    []plan.Sum
	}{
		{ana, nil, 9, byMonth}, {ana, nil, 2, byMonth[:2]}, {ana, windows, 9, byCycle}, {bea, nil, 9, nil}, {bea, windows, 9, nil},
	} {
		o.plan(t, test.by, func(ctx context.Context, r plan.Reader) error {
			got, err := r.Sums(ctx, ofOne, month, test.windows, test.limit)
			same(t, test.want, got)
			return err
		})
	}
}
