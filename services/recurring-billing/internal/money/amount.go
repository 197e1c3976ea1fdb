package money

import (
	"fmt"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Amount is an exact amount of money in a currency. The zero Amount means that no amount is given.
type Amount struct {
	// Value is the amount in major units, with as many decimal places as the currency's minor unit.
	Value decimal.Decimal `json:"value"`
	// Currency is the currency of Value, or empty if no amount is given.
	Currency Currency `json:"currency"`
}

// IsZero reports whether a is the zero Amount, which means "not given"; 0.00 USD is an amount.
func (a Amount) IsZero() bool { return a.Currency == "" }

// Times returns the amount multiplied by n. It fails if the result has more digits than an amount
// can hold.
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

// Minor returns the amount in minor units. The amount must have passed CheckAmount.
func (a Amount) Minor() int64 {
	digits, _ := a.Currency.MinorDigits()
	minor := int64(a.Value.Rescale(digits).Coef())
	if a.Value.IsNeg() {
		return -minor
	}
	return minor
}

// safeDigits is the number of digits of minor units that always fit in an int64.
const safeDigits = 18

// ExactMinor converts an unchecked amount to minor units. It fails if the amount is not a whole
// number of them or is too large.
func (a Amount) ExactMinor() (int64, error) {
	digits, known := a.Currency.MinorDigits()
	switch {
	case !known:
		return 0, fmt.Errorf("%q is not a currency of ISO 4217", string(a.Currency))
	case a.Value.MinScale() > digits:
		return 0, fmt.Errorf("%s has more decimal places than %s", a.Value, a.Currency)
	case a.Value.Prec()-a.Value.Scale()+digits > safeDigits:
		return 0, fmt.Errorf("%s is too large an amount of %s", a.Value, a.Currency)
	}
	return a.Minor(), nil
}

// maxAmountDigits keeps sums and products of amounts well below the 19 digits that a decimal can
// hold.
const maxAmountDigits = 15

// CheckAmount reports whether amount is a valid price that is not negative. It adds violations to v,
// and pads the amount to the decimal places of its currency.
func CheckAmount(v *fault.Violations, field string, amount *Amount) bool {
	if _, known := amount.Currency.MinorDigits(); known && amount.Value.IsNeg() {
		v.Add(field, reason.OutOfRange, "must not be negative")
		return false
	}
	return CheckSigned(v, field, amount)
}

// CheckSigned is CheckAmount for an amount that may be negative: a known currency, and no fractions
// of a minor unit.
func CheckSigned(v *fault.Violations, field string, amount *Amount) bool {
	digits, known := amount.Currency.MinorDigits()
	switch {
	case !known:
		v.Add(field, reason.UnknownCurrency, "%q is not a currency of ISO 4217", string(amount.Currency))
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
