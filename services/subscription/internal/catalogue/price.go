package catalogue

import (
	"context"
	"fmt"
	"slices"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// Price is what a service of a product costs for each cycle of a frequency.
type Price struct {
	Frequency terms.Frequency `json:"frequency"`
	// Currency is a code of ISO 4217.
	Currency string          `json:"currency"`
	Amount   decimal.Decimal `json:"amount"`
}

// Component is a product that a bundle consists of.
type Component struct {
	Product ProductID `json:"product"`
	// Quantity is at least 1.
	Quantity int `json:"quantity"`
}

// PriceFor returns the price of the product for a frequency in a currency. It reports false if there is none.
func (p *Product) PriceFor(frequency terms.Frequency, code string) (decimal.Decimal, bool) {
	for _, price := range p.Prices {
		if price.Frequency == frequency && price.Currency == code {
			return price.Amount, true
		}
	}
	return decimal.Decimal{}, false
}

// Parts returns what a service of the product consists of: the components that were chosen for it, each as often as the product says, or all if
// none were. One that the product no longer has counts once.
func (p *Product) Parts(chosen []ProductID) []Component {
	if len(chosen) == 0 {
		return p.Components
	}
	parts := make([]Component, len(chosen))
	for i, of := range chosen {
		parts[i] = Component{of, 1}
		for _, component := range p.Components {
			if component.Product == of {
				parts[i] = component
			}
		}
	}
	return parts
}

// CheckChosen checks the components that are chosen for a new service of the product, which were given in a field. Faults: REQUIRED for a flexible
// bundle without any; INVALID_VALUE for any other product with some, and for one that is not a component of it; REPEATED.
func (p *Product) CheckChosen(field string, chosen []ProductID) error {
	switch {
	case p.Flexible && len(chosen) == 0:
		return fault.Required(field)
	case !p.Flexible && len(chosen) > 0:
		return fault.InvalidField(field, reason.InvalidValue, "product %s is not a flexible bundle, so nothing of it can be chosen", p.ID)
	}
	seen := map[ProductID]bool{}
	for i, of := range chosen {
		entry := fmt.Sprintf("%s[%d]", field, i)
		if seen[of] {
			return fault.InvalidField(entry, reason.Repeated, "%q is in the list twice", of)
		}
		seen[of] = true
		if !slices.ContainsFunc(p.Components, func(c Component) bool { return c.Product == of }) {
			return fault.InvalidField(entry, reason.InvalidValue, "product %s is not a component of the bundle %s", of, p.ID)
		}
	}
	return nil
}

// CheckOffer checks the prices and the components of the product. present is the product before a change, or nil if it is new; the
// components that it has already are not checked again. An imported product can have inactive ones.
func (p *Product) CheckOffer(ctx context.Context, r ProductFinder, present *Product, imported bool) error {
	if err := p.checkPrices(); err != nil {
		return err
	}
	if p.Flexible && len(p.Components) == 0 {
		return fault.InvalidField("product.flexible", reason.Inconsistent, "a flexible bundle has components to choose from; give it some")
	}
	known, seen := map[ProductID]bool{}, map[ProductID]bool{}
	if present != nil {
		for _, component := range present.Components {
			known[component.Product] = true
		}
	}
	for i := range p.Components {
		component, field := &p.Components[i], fmt.Sprintf("product.components[%d].product", i)
		component.Quantity = max(component.Quantity, 1)
		if seen[component.Product] {
			return fault.InvalidField(field, reason.Repeated, "%q is in the list twice", component.Product)
		}
		if seen[component.Product] = true; known[component.Product] {
			continue
		}
		part, err := resource.FindID(ctx, field, string(component.Product), r.Product)
		switch {
		case err != nil:
			return err
		case len(part.Components) > 0 || part.ID == p.ID:
			return fault.InvalidField(field, reason.InvalidValue, "product %s is a bundle itself", part.ID)
		}
		if err := resource.CheckActive(field, part.Inactive && !imported); err != nil {
			return err
		}
	}
	return nil
}

func (p *Product) checkPrices() error {
	var v fault.Violations
	type key struct {
		frequency terms.Frequency
		currency  string
	}
	seen := map[key]bool{}
	for i, price := range p.Prices {
		path := fmt.Sprintf("product.prices[%d]", i)
		of := key{price.Frequency, price.Currency}
		digits, ok := currency.GetDigits(price.Currency)
		switch {
		case !ok:
			v.Add(path+".currency_code", reason.UnknownCurrency, "%q is not a currency of ISO 4217", price.Currency)
		case seen[of]:
			v.Add(path, reason.Repeated, "there is another price for %s in %s", price.Frequency, price.Currency)
		case price.Amount.IsNeg():
			v.Add(path+".amount", reason.OutOfRange, "must not be negative")
		case price.Amount.Trim(0).Scale() > int(digits):
			v.Add(path+".amount", reason.TooPrecise, "has more than %d decimal places, which %s has", digits, price.Currency)
		}
		seen[of] = true
	}
	return v.Err()
}
