package money

import (
	"fmt"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"
)

// Currency is an ISO 4217 code.
type Currency string

// withdrawn holds the decimal places of currencies that ISO 4217 has withdrawn but that stored
// amounts may still use.
var withdrawn = map[Currency]int{"ANG": 2, "BGN": 2}

// MinorDigits returns the number of decimal places of the currency's minor unit: 2 for USD, 0 for
// JPY. It reports false for a code that ISO 4217 does not list.
func (c Currency) MinorDigits() (int, bool) {
	if digits, ok := currency.GetDigits(string(c)); ok {
		return int(digits), true
	}
	digits, ok := withdrawn[c]
	return digits, ok
}

// OfMinor converts minor units to an amount of the currency.
func (c Currency) OfMinor(minor int64) (Amount, error) {
	digits, known := c.MinorDigits()
	if !known {
		return Amount{}, fmt.Errorf("%q is not a currency", string(c))
	}
	value, err := decimal.New(minor, digits)
	if err != nil {
		return Amount{}, fmt.Errorf("an amount of %d minor units of %s: %w", minor, c, err)
	}
	return Amount{Value: value, Currency: c}, nil
}
