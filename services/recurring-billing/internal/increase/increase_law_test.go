package increase_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// finish does all steps of jobs.
func finish(t testing.TB, w *billingtest.Fixture) {
	t.Helper()
	for {
		worked, err := w.Increases.Work(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

// linesOf returns the lines of a customer.
func linesOf(t rapid.TB, w *billingtest.Fixture, customer catalogue.CustomerID) []line.Line {
	query := listing.Numbered("name", line.ID(0), 1000)
	query.Where = listing.Is("customer_id", customer)
	found, err := w.Lines.List(billingtest.As, query)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// outcomesOf returns what an increase did to lines.
func outcomesOf(t rapid.TB, w *billingtest.Fixture, id increase.ID) []increase.Line {
	query := listing.Numbered(increase.FieldLine, line.ID(0), 1000)
	query.Where = listing.Is(increase.FieldIncrease, id)
	found, err := w.Increases.Lines(billingtest.As, query)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// ignoring compares lines apart from their versions.
var ignoring = cmpopts.IgnoreTypes(mutation.Revision{})

func same[T any](t rapid.TB, what string, want, got T) {
	if diff := gocmp.Diff(want, got, ignoring, billingtest.SameDates, gocmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) && a.Scale() == b.Scale() }), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// someone creates a customer with random lines, some of which are billed.
func someone(r *rapid.T, w *billingtest.Fixture, customer catalogue.CustomerID) {
	check := func(err error) {
		if err != nil {
			r.Fatal(err)
		}
	}
	billTo := catalogue.BillToID(customer)
	_, err := w.Catalogue.CreateBillTo(billingtest.As, catalogue.BillTo{ID: billTo, Customer: customer, DisplayName: "Someone"})
	check(err)
	create := func() {
		l, err := w.Lines.Create(billingtest.As, line.Line{
			Customer: customer, BillTo: billTo, Item: rapid.SampledFrom([]catalogue.ItemCode{"MON", "BASE"}).Draw(r, "item"),
			BillCycle: rapid.SampledFrom([]line.BillCycle{line.Monthly, line.Quarterly}).Draw(r, "cycle"),
			Start:     billingtest.Day("2026-01-01").AddDays(rapid.IntRange(0, 40).Draw(r, "start")),
			Rates:     []line.Rate{{MonthlyAmount: billingtest.USD(fmt.Sprintf("%d.%02d", rapid.IntRange(-3, 50).Draw(r, "dollars"), rapid.IntRange(0, 99).Draw(r, "cents")))}},
		})
		check(err)
		if rapid.Bool().Draw(r, "another rate") {
			_, err := w.Lines.ChangeRate(billingtest.As, l.ID, line.RateChange{Rate: line.Rate{
				Effective: l.Start.AddDays(rapid.IntRange(0, 90).Draw(r, "later")), MonthlyAmount: billingtest.USD("12.00"), Reason: "PRICE",
			}})
			check(err)
		}
		if rapid.IntRange(0, 4).Draw(r, "ends") == 0 {
			_, err := w.Lines.Cancel(billingtest.As, l.ID, line.Cancel{Effective: l.Start.AddDays(rapid.IntRange(0, 60).Draw(r, "end")), Reason: "LEFT"})
			check(err)
		}
	}
	for range rapid.IntRange(1, 8).Draw(r, "billed lines") {
		create()
	}
	_, err = w.Runs.Create(billingtest.As, billingtest.Day("2026-02-15"), run.Filter{BillTos: []catalogue.BillToID{billTo}}, false)
	check(err)
	w.Finish(w.Runs)
	for range rapid.IntRange(0, 8).Draw(r, "other lines") {
		create()
	}
}

func drawPlan(r *rapid.T, customer catalogue.CustomerID, lines []line.Line) increase.Plan {
	plan := increase.Plan{Reason: "YEARLY", Filter: increase.Filter{Customers: []catalogue.CustomerID{customer}}}
	switch rapid.IntRange(0, 2).Draw(r, "how") {
	case 0:
		plan.Percent = decimal.MustParse(rapid.SampledFrom([]string{"3.5", "10", "-4"}).Draw(r, "percent"))
	case 1:
		plan.Amount = billingtest.USD(rapid.SampledFrom([]string{"2.00", "-1.50"}).Draw(r, "amount"))
	default:
		plan.Override = billingtest.USD("12.00")
	}
	if plan.Percent.IsPos() && rapid.Bool().Draw(r, "bounded") {
		plan.Minimum, plan.Maximum = billingtest.USD("0.50"), billingtest.USD("1.00")
	}
	if rapid.Bool().Draw(r, "rounded") {
		plan.RoundTo = billingtest.USD("0.25")
	}
	if plan.AtNextCycle = rapid.Bool().Draw(r, "at next cycle date"); !plan.AtNextCycle {
		plan.Effective = billingtest.Day("2026-01-01").AddDays(rapid.IntRange(0, 150).Draw(r, "effective"))
	}
	if rapid.Bool().Draw(r, "of an item") {
		plan.Filter.Items = []catalogue.ItemCode{"MON"}
	}
	if rapid.Bool().Draw(r, "not raised lately") {
		plan.Filter.RaisedBefore = billingtest.Day("2026-02-01")
	}
	if rapid.Bool().Draw(r, "without one") {
		plan.Excluded = []line.ID{lines[0].ID}
	}
	return plan
}

// checkApplied checks that what was done to lines is what their rates say, and nothing else.
func checkApplied(r *rapid.T, before, after []line.Line, done []increase.Line) {
	for i, l := range after {
		place := slices.IndexFunc(done, func(d increase.Line) bool { return d.Line == l.ID })
		if place < 0 || done[place].Outcome != increase.Raised {
			same(r, "a line that was left as it is", before[i], l)
			continue
		}
		d := done[place]
		if rate := l.RateOn(d.Rate.From()); rate != d.Rate || before[i].RateOn(d.Rate.From()).MonthlyAmount != d.Old || d.Rate.From().Before(l.NextCycle) && len(l.Unbilled) == 0 {
			r.Fatalf("line %d has %+v, and not %+v", l.ID, rate, d)
		}
	}
}

// voided voids the invoices of a customer so that their days are billed again. It returns the lines
// as they would be if they had the given rates before that.
func voided(r *rapid.T, w *billingtest.Fixture, customer catalogue.CustomerID, before []line.Line) []line.Line {
	query := listing.Query{Where: listing.Is("bill_to", customer), Order: []listing.Order{{Field: "number", Descending: true}}, Limit: 1000}
	invoices, err := w.Invoicing.List(billingtest.As, query)
	if err != nil {
		r.Fatal(err)
	}
	for _, billed := range invoices {
		if _, err := w.Invoicing.Void(billingtest.As, billed.ID, "Wrong", true, ""); err != nil {
			r.Fatal(err)
		}
	}
	present := linesOf(r, w, customer)
	for i := range present {
		present[i].Rates = before[i].Rates
		if _, err := present[i].ReturnRates(billingtest.As, uncharged{}); err != nil {
			r.Fatal(err)
		}
	}
	return present
}

// uncharged are the charges of lines whose invoices are all voided.
type uncharged struct{}

func (uncharged) Charged(context.Context, line.ID, billing.Span, money.Currency) (line.Charged, error) {
	return line.Charged{}, nil
}

// What a preview says is what applying does, once. Undoing it gives the first state again. Repeating
// either changes nothing.
func TestIncreasesKeepTheirWord(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(1, 1)
		customer := catalogue.CustomerID(100)
		rapid.Check(t, func(r *rapid.T) {
			check := func(err error) {
				if err != nil {
					r.Fatal(err)
				}
			}
			customer++
			someone(r, w, customer)
			before := linesOf(r, w, customer)
			planned, err := w.Increases.Create(billingtest.As, increase.Increase{Plan: drawPlan(r, customer, before)})
			check(err)
			var preview []increase.Line
			effect, err := w.Increases.Preview(billingtest.As, planned.ID, func(lines []increase.Line) error {
				preview = append(preview, lines...)
				return nil
			})
			check(err)
			same(r, "lines after a preview", before, linesOf(r, w, customer))
			_, err = w.Increases.Apply(billingtest.As, planned.ID, "")
			check(err)
			finish(t, w)
			applied, err := w.Increases.Get(billingtest.As, planned.ID)
			check(err)
			if applied.State != increase.Applied || applied.Skipped != effect.Skipped || applied.Raised != effect.Revenue["USD"].Lines ||
				applied.Change["USD"] != effect.Revenue["USD"].After.Minus(effect.Revenue["USD"].Before) {
				r.Fatalf("%+v, and the preview said %+v", applied, effect)
			}
			same(r, "what was done", preview, outcomesOf(r, w, planned.ID))
			after := linesOf(r, w, customer)
			checkApplied(r, before, after, preview)
			again, err := w.Increases.Apply(billingtest.As, planned.ID, "")
			check(err)
			finish(t, w)
			if again.Version != applied.Version {
				r.Fatal("applying an increase again changed it")
			}
			same(r, "lines after applying again", after, linesOf(r, w, customer))
			if rapid.Bool().Draw(r, "voided") {
				before = voided(r, w, customer, before)
			}
			_, err = w.Increases.Undo(billingtest.As, planned.ID, "")
			check(err)
			finish(t, w)
			undone, err := w.Increases.Get(billingtest.As, planned.ID)
			check(err)
			if undone.State != increase.Undone || undone.Kept != 0 || undone.Lowered != applied.Raised || undone.Change["USD"] != money.SumOf(0) {
				r.Fatalf("%+v", undone)
			}
			same(r, "lines after undoing", before, linesOf(r, w, customer))
		})
	})
}
