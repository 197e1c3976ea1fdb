package customerrecurrence_test

import (
	"context"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"pgregory.net/rapid"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
)

// schedule schedules a change for the period's end.
func (h *history) schedule(to *customerrecurrencev1.Recurrence) (refused bool) {
	want := ""
	switch {
	case h.state == "CANCELLED" || h.state == "CANCELLING":
		want = "LIFE_CYCLE_STATE"
	case !h.differs(to):
		want = "NOTHING_TO_CHANGE"
	}
	quote, err := h.changing.QuoteRecurrence(context.Background(), &customerrecurrencev1.QuoteRecurrenceRequest{Name: h.name, Recurrence: to, Timing: periodEnd})
	if h.expect("a quote for the period's end", want, err) {
		return true
	}
	if h.pending {
		want = "CHANGE_SCHEDULED"
	}
	changed, err := h.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: h.name, Quote: quote.GetQuote()})
	if h.expect("a change at the period's end", want, err) {
		return true
	}
	h.last, h.pending, h.quote, h.etag = changed.GetScheduledChange(), true, quote, h.present.GetEtag()
	if h.periodEnd(h.last.GetEffectiveDate()) != dateOf(quote.GetEffectiveDate()) {
		h.t.Fatalf("got %v of %v", h.last, quote)
	}
	h.reached["scheduled"]++
	return false
}

// withdraw withdraws the change that was scheduled last.
func (h *history) withdraw() {
	if h.last == nil {
		return
	}
	want := ""
	if !h.pending {
		want = "NOT_SCHEDULED"
	}
	_, err := h.changing.WithdrawScheduledChange(context.Background(), &customerrecurrencev1.WithdrawScheduledChangeRequest{Name: h.last.GetName()})
	if !h.expect("withdrawing", want, err) {
		h.pending = false
		h.reached["withdrawn"]++
	}
}

// quoted quotes a change, and checks that it is what the change does: tried at once, and made by its quote. Sometimes it then makes the
// inverse, which gives the first state again.
func (h *history) quoted(to *customerrecurrencev1.Recurrence) (refused bool) {
	want := ""
	switch {
	case h.state == "CANCELLED":
		want = "LIFE_CYCLE_STATE"
	case !h.differs(to):
		want = "NOTHING_TO_CHANGE"
	}
	quote, err := h.changing.QuoteRecurrence(context.Background(), &customerrecurrencev1.QuoteRecurrenceRequest{Name: h.name, Recurrence: to})
	h.expect("a quote", want, err)
	tried, err := h.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: h.name, Recurrence: to, ValidateOnly: true})
	if h.expect("a change", want, err) {
		return true
	}
	made, err := h.change(&customerrecurrencev1.ChangeRecurrenceRequest{Name: h.name, Quote: quote.GetQuote()})
	if err != nil {
		h.t.Fatalf("the quote was refused: %v", err)
	}
	for _, change := range []*customerrecurrencev1.RecurrenceChange{tried.GetChange(), made.GetChange()} {
		change = proto.CloneOf(change)
		change.Name, change.Actor, change.CreateTime, change.QuoteId = "", "", nil, ""
		want := proto.CloneOf(quote.GetChange())
		want.QuoteId = ""
		if diff := gocmp.Diff(want, change, protocmp.Transform()); diff != "" {
			h.t.Fatalf("quote and change (-quote +change):\n%s", diff)
		}
	}
	credit, charge := h.sums(made.GetChange())
	if credit.Cmp(exact(quote.GetCredit())) != 0 || charge.Cmp(exact(quote.GetCharge())) != 0 ||
		quote.GetTotal() != nil && exactly(charge.Sub(credit)).Cmp(exact(quote.GetTotal())) != 0 {
		h.t.Fatalf("the lines credit %s and charge %s, and the quote says %v", credit, charge, quote)
	}
	h.reached["changed"]++
	otherCycle := made.GetRecurrence().GetCycle() != h.present.GetCycle()
	if otherCycle {
		h.reached["changed the cycle"]++
	}
	if rapid.IntRange(0, 2).Draw(h.t, "back") > 0 {
		h.back(made.GetChange())
		if otherCycle {
			h.reached["changed the cycle back"]++
		}
	}
	return false
}

// back makes the inverse of a change that was just made.
func (h *history) back(there *customerrecurrencev1.RecurrenceChange) {
	to := contents(h.present)
	made, err := h.change(&customerrecurrencev1.ChangeRecurrenceRequest{
		Name: h.name, Recurrence: to, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"package_id", "display_name", "price", "cycle", "services"}},
	})
	if err != nil {
		h.t.Fatalf("the inverse of %v was refused: %v", there, err)
	}
	if diff := gocmp.Diff(normal(h.present), normal(made.GetRecurrence()), protocmp.Transform()); diff != "" {
		h.t.Fatalf("a change and its inverse (-first +back):\n%s", diff)
	}
	credit, charge := h.sums(there)
	if creditBack, chargeBack := h.sums(made.GetChange()); credit.Cmp(chargeBack) != 0 || charge.Cmp(creditBack) != 0 {
		h.t.Fatalf("a change credits %s and charges %s, and its inverse %s and %s", credit, charge, creditBack, chargeBack)
	}
}

// sums returns what a change credits and charges.
func (h *history) sums(change *customerrecurrencev1.RecurrenceChange) (credit, charge decimal.Decimal) {
	for _, line := range change.GetLines() {
		sum := &charge
		if line.GetCredit() {
			sum = &credit
		}
		*sum = exactly(sum.Add(exact(line.GetAmount())))
	}
	return credit, charge
}

func exact(m *money.Money) decimal.Decimal {
	return exactly(decimal.NewFromInt64(m.GetUnits(), int64(m.GetNanos()), 9))
}

func exactly(value decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		panic(err)
	}
	return value
}
