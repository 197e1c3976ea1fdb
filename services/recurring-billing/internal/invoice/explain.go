package invoice

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// ExplainReader reads what explains the amounts of an invoice.
type ExplainReader interface {
	BilledReader
	// Line returns a line that an invoice bills or credits.
	Line(ctx context.Context, id line.ID) (line.Line, error)
	// Proration returns how the tenant's periods are priced.
	Proration(ctx context.Context) (billing.Proration, error)
}

// ItemExplanation explains the amount of an item: that of a one-off charge by the item itself, that
// of a credit by Credit, and any other by Parts.
type ItemExplanation struct {
	// Position is the place of the item on its invoice, counted from 1.
	Position int
	Item     *billing.InvoiceItem
	// Parts explains the parts of the item, in their order.
	Parts  []PartExplanation
	Credit *CreditExplanation
	Rules  []billing.Rule
}

// PartExplanation explains the amount of a part of an item.
type PartExplanation struct {
	*billing.Charge
	// Cost explains the amount. It is nil if it is not known how the part was priced.
	Cost *billing.Explained
	// Before holds where days of the part were billed before they were credited to be billed again.
	Before []BilledPeriod
	Rules  []billing.Rule
}

// Explain explains up to limit items of an invoice of the caller's tenant, from the one after the
// given position on.
func (s *Service) Explain(ctx context.Context, inv *Invoice, after, limit int) ([]ItemExplanation, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]ItemExplanation, error) {
		x := explainer{ExplainReader: &readOnce{r, map[ID]Invoice{}}, invoice: inv}
		upto := min(len(inv.Items), after+limit)
		if err := x.readCredits(ctx, inv.Items[min(after, upto):upto]); err != nil {
			return nil, err
		}
		var explained []ItemExplanation
		for position := after + 1; position <= upto; position++ {
			item, err := x.item(ctx, position)
			if err != nil {
				return nil, err
			}
			explained = append(explained, item)
		}
		return explained, nil
	})
}

// explainer explains items of an invoice.
type explainer struct {
	ExplainReader
	invoice *Invoice
	// given holds credits of the billed lines for days that were billed again, in the order in which
	// they were granted.
	given map[line.ID][]GivenCredit
}

// readCredits reads which days of the lines of items were credited to be billed again.
func (x *explainer) readCredits(ctx context.Context, items []billing.InvoiceItem) error {
	billed, _ := (&Invoice{Items: items}).BilledLines()
	x.given = map[line.ID][]GivenCredit{}
	for some := range slices.Chunk(billed, originsAtOnce) {
		credits, err := x.GivenCredits(ctx, some)
		if err != nil {
			return err
		}
		for _, credit := range credits {
			if credit.Kind != "" {
				x.given[credit.Line] = append(x.given[credit.Line], credit)
			}
		}
	}
	return nil
}

func (x *explainer) item(ctx context.Context, position int) (ItemExplanation, error) {
	item := &x.invoice.Items[position-1]
	explained := ItemExplanation{Position: position, Item: item}
	switch {
	case item.OneOff != 0:
		explained.Rules = []billing.Rule{billing.RuleOneOff}
	case item.Credit:
		credit, err := x.credit(ctx, item)
		if err != nil {
			return explained, err
		}
		explained.Credit, explained.Rules = &credit, []billing.Rule{billing.RuleCreditItem}
	default:
		explained.Rules = []billing.Rule{billing.RulePeriods, billing.RuleDebtor, billing.RuleSums}
		if item.RollUp {
			explained.Rules = []billing.Rule{billing.RulePeriods, billing.RuleDebtor, billing.RuleRollUp, billing.RuleSums}
		}
		for i := range item.Parts {
			explained.Parts = append(explained.Parts, x.part(&item.Parts[i]))
		}
	}
	return explained, nil
}

func (x *explainer) part(part *billing.Charge) PartExplanation {
	explained := PartExplanation{Charge: part, Before: x.billedBefore(part), Rules: []billing.Rule{billing.RuleParts}}
	if part.Known() {
		cost := part.Explain(part.Period, part.Span)
		explained.Cost = &cost
		explained.Rules = append(explained.Rules, billing.RulePrice)
		if cost.Before != nil {
			explained.Rules = append(explained.Rules, billing.RulePieces)
		}
		explained.Rules = append(explained.Rules, billing.RuleRates)
	}
	switch part.Timing {
	case billing.InAdvance:
		explained.Rules = append(explained.Rules, billing.RuleDue)
	case billing.InArrears:
		explained.Rules = append(explained.Rules, billing.RuleArrears)
	}
	if part.Cut {
		explained.Rules = append(explained.Rules, billing.RulePaused)
	}
	if part.Resumed {
		explained.Rules = append(explained.Rules, billing.RulePause)
	}
	if len(explained.Before) > 0 {
		explained.Rules = append(explained.Rules, billing.RuleAgain)
	}
	slices.Sort(explained.Rules)
	return explained
}

// billedBefore returns where days of a part were billed before. Invoices of later runs may have
// billed them again since.
func (x *explainer) billedBefore(part *billing.Charge) (before []BilledPeriod) {
	l := line.ID(part.Line)
	for _, credit := range x.given[l] {
		shared := credit.Overlap(part.Span)
		if shared == (billing.Span{}) {
			continue
		}
		if credit.Of == x.invoice.ID {
			break // what follows came after this invoice
		}
		if runOf(credit.Of) < x.invoice.Run {
			before = append(before, BilledPeriod{Line: l, Span: shared, Invoice: credit.Of})
		}
	}
	return before
}

// runOf returns the run that made an invoice, or 0 for no invoice.
func runOf(id ID) RunID {
	number, _, _ := strings.Cut(string(id), "-")
	run, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return 0
	}
	return RunID(run)
}
