package catalogue

import (
	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Currency is an ISO 4217 code, or empty if not set.
type Currency string

// Cycle is how long a price is for.
type Cycle string

// The values of Cycle.
const (
	Monthly    Cycle = "MONTHLY"
	Quarterly  Cycle = "QUARTERLY"
	Semiannual Cycle = "SEMIANNUAL"
	Annual     Cycle = "ANNUAL"
)

var monthsOf = map[Cycle]int{Monthly: 1, Quarterly: 3, Semiannual: 6, Annual: 12}

// Months returns the months of the cycle, or 0 if it is not one.
func (c Cycle) Months() int { return monthsOf[c] }

// Price is what something costs for a cycle.
type Price struct {
	Cycle    Cycle           `json:"cycle"`
	Currency Currency        `json:"currency"`
	Amount   decimal.Decimal `json:"amount"`
}

// maxPrices is the most prices of a service or of a version of a package.
const maxPrices = 100

// PriceOf returns the price for a cycle and currency. Without a currency it returns the only price for
// the cycle. ok is false if there is none, or several.
func PriceOf(prices []Price, cycle Cycle, code Currency) (price Price, ok bool) {
	for _, one := range prices {
		if one.Cycle != cycle || code != "" && one.Currency != code {
			continue
		}
		if ok {
			return Price{}, false
		}
		price, ok = one, true
	}
	return price, ok
}

func checkPrices(v *fault.Violations, prices []Price) {
	if len(prices) > maxPrices {
		v.Add("prices", reason.TooMany, "must be at most %d", maxPrices)
		return
	}
	for i, price := range prices {
		v := v.In("prices[%d]", i)
		field.Digits(v, "price", price.Amount)
		if price.Amount.IsNeg() {
			v.Add("price", reason.OutOfRange, "must not be negative")
		}
		if !currency.IsValid(string(price.Currency)) {
			v.Add("price", reason.UnknownCurrency, "%q is not a currency of ISO 4217", string(price.Currency))
		}
		for _, other := range prices[:i] {
			if other.Cycle == price.Cycle && other.Currency == price.Currency {
				v.Add("price", reason.Repeated, "repeats the price for that cycle in %s", price.Currency)
				break
			}
		}
	}
}
