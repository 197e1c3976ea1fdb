package subscription

import (
	"context"
	"slices"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/pricing"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// ChargeKind is why something is charged or credited.
type ChargeKind string

// The values of ChargeKind.
const (
	// Recurring charges the days of the present cycle from which on a service is effective, where cycles are billed before they begin.
	Recurring ChargeKind = "RECURRING"
	// Credit takes off the paid days of the present cycle from which on a service is not effective, where cycles are billed before they begin.
	Credit ChargeKind = "CREDIT"
	// EarlyEnd charges a share of what the days that leave a binding period early would cost.
	EarlyEnd ChargeKind = "EARLY_END"
)

// Cost is what an action costs.
type Cost struct {
	// Currency is that of the account.
	Currency string          `json:"currency"`
	Total    decimal.Decimal `json:"total"`
	Charges  []Charge        `json:"charges,omitempty"`
	// Unpriced are products that have no price for the frequency of the terms in the currency.
	Unpriced []catalogue.ProductID `json:"unpriced,omitempty"`
}

// Charge is what one service costs by an action, for the days from From until Until.
type Charge struct {
	Service string              `json:"service"`
	Product catalogue.ProductID `json:"product"`
	Kind    ChargeKind          `json:"kind"`
	From    date.Date           `json:"from"`
	Until   date.Date           `json:"until"`
	Amount  decimal.Decimal     `json:"amount"`
}

// costing computes the cost of an action on a day.
type costing struct {
	r        Reader
	terms    terms.Terms
	scheme   catalogue.BillingTermScheme
	currency string
	today    date.Date
	// ahead is what scheduled actions will change, the earliest first.
	ahead []dated
	// takeover is nil unless a bill is for days that other terms than the present ones may have billed.
	takeover *takeover
	total    pricing.Units
	cost     Cost
}

// costOf returns what a change of a subscription by an action costs, or nil if that is nothing, or cannot be said because there are no
// billing terms or the account has no currency.
func costOf(ctx context.Context, r Reader, before, after Subscription, by *Action, today date.Date) (*Cost, error) {
	of := before
	if of.Terms.Present() == nil {
		of = after
	}
	c, err := costingOf(ctx, r, of)
	if err != nil || c == nil {
		return nil, err
	}
	if c.scheme, err = r.BillingTermScheme(ctx, resource.ByID(c.terms.Scheme)); err != nil {
		return nil, err
	}
	c.today = today
	for _, service := range after.Services {
		if err := c.present(ctx, service, before.billed(service.ID), service.State.Billed()); err != nil {
			return nil, err
		}
	}
	if by.Operation.Leaves() {
		if err := c.early(ctx, before, after, by); err != nil {
			return nil, err
		}
	}
	return c.result()
}

// costingOf returns what the costs of a subscription are computed from, or nil if it has no billing terms or its account no currency.
func costingOf(ctx context.Context, r Reader, of Subscription) (*costing, error) {
	inForce := of.Terms.Present()
	if inForce == nil {
		return nil, nil //nolint:nilnil // neither is there a cost nor an error
	}
	owner, err := r.Account(ctx, resource.ByID(of.Account))
	if err != nil || owner.Currency == "" {
		return nil, err
	}
	return &costing{r: r, terms: *inForce, currency: owner.Currency, total: pricing.Zero(), cost: Cost{Currency: owner.Currency}}, nil
}

// present adds what the days of the present cycle from today on cost more, or less: nothing unless they are paid before the cycle.
func (c *costing) present(ctx context.Context, service SubscribedService, was, is bool) error {
	if was == is || c.scheme.Type != catalogue.PreBill {
		return nil
	}
	until := c.terms.Cycle(c.today).End
	price, priced, err := c.price(ctx, service.Product, service.Components...)
	if err != nil || !priced {
		return err
	}
	amount := pricing.Between(c.terms, price, c.today, until)
	if is {
		return c.add(service, Recurring, c.today, until, amount)
	}
	return c.add(service, Credit, c.today, until, amount.Minus())
}

// price returns what a cycle of a product costs: its own price, or that of its components, of those that are chosen if any are. What has none is
// noted.
func (c *costing) price(ctx context.Context, id catalogue.ProductID, chosen ...catalogue.ProductID) (price pricing.Units, priced bool, err error) {
	product, err := c.r.Product(ctx, resource.ByID(id))
	if err != nil {
		return price, false, err
	}
	if own, ok := product.PriceFor(c.terms.Frequency, c.currency); ok {
		price, err = pricing.UnitsOf(own, c.currency)
		return price, true, err
	}
	price = pricing.Zero()
	parts := product.Parts(chosen)
	for _, component := range parts {
		part, ok, err := c.price(ctx, component.Product)
		if err != nil || !ok {
			return price, false, err
		}
		price = price.Plus(part.Times(component.Quantity))
	}
	if len(parts) > 0 {
		return price, true, nil
	}
	if !slices.Contains(c.cost.Unpriced, id) {
		c.cost.Unpriced = append(c.cost.Unpriced, id)
	}
	return price, false, nil
}

func (c *costing) add(of SubscribedService, kind ChargeKind, from, until date.Date, units pricing.Units) error {
	if units.Sign() == 0 {
		return nil
	}
	amount, err := units.Amount(c.currency)
	if err != nil {
		return tooExpensive(err)
	}
	c.total = c.total.Plus(units)
	c.cost.Charges = append(c.cost.Charges, Charge{Service: of.ID, Product: of.Product, Kind: kind, From: from, Until: until, Amount: amount})
	return nil
}

// result returns the cost, or nil if there is none.
func (c *costing) result() (*Cost, error) {
	if len(c.cost.Charges) == 0 && len(c.cost.Unpriced) == 0 {
		return nil, nil //nolint:nilnil // neither is there a cost nor an error
	}
	var err error
	if c.cost.Total, err = c.total.Amount(c.currency); err != nil {
		return nil, tooExpensive(err)
	}
	return &c.cost, nil
}

func tooExpensive(err error) error {
	return fault.Wrap(err, fault.FailedPrecondition, reason.OutOfRange, "what the action costs has too many digits; check the prices of the products")
}

// billed reports whether a service of the subscription is billed.
func (s *Subscription) billed(service string) bool {
	at := slices.IndexFunc(s.Services, func(of SubscribedService) bool { return of.ID == service })
	return at >= 0 && s.Services[at].State.Billed()
}
