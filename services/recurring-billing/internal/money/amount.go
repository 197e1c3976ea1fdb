package money

import (
	"fmt"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Amount is an exact amount of a currency. The zero Amount is no amount.
type Amount struct {
	// Value is the amount in major units, with as many decimal places as the currency's minor unit has.
	Value decimal.Decimal `json:"value"`
	// Currency is the currency, empty for no amount.
	Currency Currency `json:"currency"`
}

// IsZero reports whether a is no amount; an amount of 0.00 USD is one.
func (a Amount) IsZero() bool { return a.Currency == "" }

// Times is the amount n times. It fails where the result has more digits than an amount can hold.
func (a Amount) Times(n int) (Amount, error) {
	factor, err := decimal.New(int64(n), 0)
	if err != nil {
		return Amount{}, fmt.Errorf("multiplying by %d: %w", n, err)
	}
	product, err := a.Value.MulExact(factor, a.Value.Scale())
	if err != nil {
		return Amount{}, fmt.Errorf("multiplying %s %s by %d: %w", a.Value, a.Currency, n, err)
	}
	return Amount{Value: product, Currency: a.Currency}, nil
}

// Minor is the amount in minor units. It is one that passed its checks.
func (a Amount) Minor() int64 {
	digits, _ := a.Currency.MinorDigits()
	minor := int64(a.Value.Rescale(digits).Coef())
	if a.Value.IsNeg() {
		return -minor
	}
	return minor
}

// mostDigits is how many digits of minor units an int64 holds whatever they are.
const mostDigits = 18

// ExactMinor is an amount that comes from elsewhere in minor units, if it is a whole number of them that can be held.
func (a Amount) ExactMinor() (int64, error) {
	digits, known := a.Currency.MinorDigits()
	switch {
	case !known:
		return 0, fmt.Errorf("%q is not a currency of ISO 4217", string(a.Currency))
	case a.Value.MinScale() > digits:
		return 0, fmt.Errorf("%s has more decimal places than %s", a.Value, a.Currency)
	case a.Value.Prec()-a.Value.Scale()+digits > mostDigits:
		return 0, fmt.Errorf("%s is too large an amount of %s", a.Value, a.Currency)
	}
	return a.Minor(), nil
}

// maxAmountDigits keeps sums and products of amounts far from the 19 digits that a decimal can hold.
const maxAmountDigits = 15

// CheckAmount refuses what is no price: an unknown currency, a negative amount, parts of a minor unit; it reports
// whether the amount is one. It gives the amount the decimal places of its currency.
func CheckAmount(v *fault.Violations, field string, amount *Amount) bool {
	digits, known := amount.Currency.MinorDigits()
	switch {
	case !known:
		v.Add(field, reason.UnknownCurrency, "%q is not a currency of ISO 4217", string(amount.Currency))
		return false
	case amount.Value.IsNeg():
		v.Add(field, reason.OutOfRange, "must not be negative")
		return false
	case amount.Value.MinScale() > digits:
		v.Add(field, reason.TooPrecise, "must have at most %d decimal places in %s", digits, amount.Currency)
		return false
	case amount.Value.Prec()-amount.Value.Scale()+digits > maxAmountDigits:
		v.Add(field, reason.OutOfRange, "must have at most %d digits before the decimal point in %s", maxAmountDigits-digits, amount.Currency)
		return false
	}
	amount.Value = amount.Value.Trim(digits).Pad(digits)
	return true
}
