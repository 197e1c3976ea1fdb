package catalogue

import (
	"fmt"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Overage is what happens to transactions beyond a limit.
type Overage string

// The values of Overage.
const (
	// Free means that they are counted, and cost nothing.
	Free Overage = ""
	// Charged means that each costs the overage price.
	Charged Overage = "CHARGED"
	// Refused means that they are not counted.
	Refused Overage = "REFUSED"
)

// OveragePrice is what one transaction beyond a limit costs.
type OveragePrice struct {
	Currency Currency        `json:"currency"`
	Amount   decimal.Decimal `json:"amount"`
}

// Of returns how the version includes a service. One that it does not include has no overage price, and
// is not refused.
func (version Version) Of(service ServiceID) Included {
	for _, included := range version.Included {
		if included.ServiceID == service {
			return included
		}
	}
	return Included{ServiceID: service}
}

// OveragePrice returns the overage price in a currency, or the only one without a currency. ok is false
// if there is none, or several.
func (i Included) OveragePrice(code Currency) (price OveragePrice, ok bool) {
	for _, one := range i.OveragePrices {
		if code == one.Currency {
			return one, true
		}
	}
	if code == "" && len(i.OveragePrices) == 1 {
		return i.OveragePrices[0], true
	}
	return OveragePrice{}, false
}

func (i Included) checkOverage(v *fault.Violations) {
	if (i.Overage == Charged) != (len(i.OveragePrices) > 0) {
		v.Add("overage_prices", reason.Inconsistent, "must be given for an overage that is charged, and for no other")
	}
	if len(i.OveragePrices) > maxPrices {
		v.Add("overage_prices", reason.TooMany, "must be at most %d", maxPrices)
		return
	}
	seen := make(map[Currency]bool, len(i.OveragePrices))
	for n, price := range i.OveragePrices {
		path := fmt.Sprintf("overage_prices[%d]", n)
		field.Digits(v, path, price.Amount)
		switch {
		case price.Amount.IsNeg():
			v.Add(path, reason.OutOfRange, "must not be negative")
		case !currency.IsValid(string(price.Currency)):
			v.Add(path, reason.UnknownCurrency, "%q is not a currency of ISO 4217", string(price.Currency))
		case seen[price.Currency]:
			v.Add(path, reason.Repeated, "repeats the price in %s", price.Currency)
		}
		seen[price.Currency] = true
	}
}
