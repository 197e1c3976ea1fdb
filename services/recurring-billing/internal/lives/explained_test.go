package lives_test

import (
	"slices"
	"strconv"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
)

// The numbers of rules that parts name by how they were due.
const (
	ruleDue     = 5
	rulePaused  = 21
	ruleResumed = 22
	ruleArrears = 23
)

// explain checks that all amounts of all invoices follow from their explanations, which say what was
// true when the invoices were billed.
func (l *life) explain() {
	for _, of := range l.invoices {
		explanation, err := l.explains.ExplainInvoice(l.ctx, &pb.ExplainInvoiceRequest{Name: "invoices/" + string(of.id), PageSize: 1000})
		if err != nil {
			l.Fatal(err)
		}
		l.explained(of, explanation)
	}
}

func (l *life) explained(of *issued, explanation *pb.InvoiceExplanation) {
	recount, total, charges := billingtest.Recount{TB: l.T}, int64(0), slices.Clone(of.charges)
	for i, item := range explanation.GetItems() {
		// The credits of a void invoice stand on another one, or were withdrawn with a cancellation.
		if item.GetCredit() != nil && of.void {
			total += recount.Minor(item.GetAmount())
			continue
		}
		amount := recount.Item(item)
		if amount != recount.Minor(item.GetAmount()) || int(item.GetPosition()) != i+1 {
			l.Fatalf("item %d of invoice %s comes to %d: %v", i+1, of.id, amount, item)
		}
		total += amount
		for _, part := range item.GetParts() {
			place := slices.IndexFunc(charges, func(c *referenceCharge) bool {
				return "recurringLines/"+number(c.line) == part.GetRecurringLine() && billingtest.DayOf(part.GetStartDate()).Equal(c.from.Time())
			})
			if place < 0 {
				l.Fatalf("invoice %s explains %v", of.id, part)
			}
			l.explainedPart(charges[place], part)
			charges = slices.Delete(charges, place, place+1)
		}
	}
	if total != of.total || total != recount.Minor(explanation.GetTotal()) || len(charges) > 0 {
		l.Fatalf("invoice %s is explained to come to %d, not %d, without %v", of.id, total, of.total, charges)
	}
}

// explainedPart checks that a part is explained by the rate that its line had, and how it was due.
func (l *life) explainedPart(of *referenceCharge, part *pb.PartExplanation) {
	price, rules := part.GetPrice(), part.GetRules()
	monthly := billingtest.Recount{TB: l.T}.Minor(price.GetMonthlyAmount())
	if monthly != of.monthly || !billingtest.DayOf(price.GetRateEffectiveDate()).Equal(of.effective.Time()) || !billingtest.DayOf(price.GetRateAppliesFrom()).Equal(of.applies.Time()) {
		l.Fatalf("line %d was billed at %d of %s from %s, not at %v", of.line, of.monthly, of.effective, of.applies, price)
	}
	if slices.Contains(rules, ruleArrears) != of.part.arrears || slices.Contains(rules, ruleDue) == of.part.arrears || slices.Contains(rules, rulePaused) != of.part.cut ||
		slices.Contains(rules, ruleResumed) != of.part.resumed {
		l.Fatalf("line %d from %s was due in arrears: %t, cut by a pause: %t, due as a pause had ended early: %t: %v",
			of.line, of.from, of.part.arrears, of.part.cut, of.part.resumed, part)
	}
}

func number(of int32) string { return strconv.Itoa(int(of)) }
