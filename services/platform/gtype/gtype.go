// Package gtype converts between domain values and google.type messages.
package gtype

import (
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/govalues/decimal"
	googledate "google.golang.org/genproto/googleapis/type/date"
	googledecimal "google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/genproto/googleapis/type/money"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// nanoDigits is the number of decimal places of a google.type.Money.
const nanoDigits = 9

// Money converts an amount to google.type.Money. It fails if the amount has more than nine decimal
// places or its units do not fit in 64 bits.
func Money(amount decimal.Decimal, currency string) (*money.Money, error) {
	units, nanos, ok := amount.Int64(nanoDigits)
	if !ok || amount.Trunc(nanoDigits).Cmp(amount) != 0 {
		return nil, fmt.Errorf("%s does not fit in a google.type.Money", amount)
	}
	return &money.Money{CurrencyCode: currency, Units: units, Nanos: int32(nanos)}, nil
}

// FromMoney returns the amount and the currency of a google.type.Money; nil is zero without a
// currency.
func FromMoney(m *money.Money) (decimal.Decimal, string, error) {
	units, nanos := m.GetUnits(), m.GetNanos()
	if nanos < -999_999_999 || nanos > 999_999_999 || units > 0 && nanos < 0 || units < 0 && nanos > 0 {
		return decimal.Decimal{}, "", fmt.Errorf("units %d and nanos %d are not an amount", units, nanos)
	}
	amount, err := decimal.NewFromInt64(units, int64(nanos), nanoDigits)
	if err != nil {
		return decimal.Decimal{}, "", fmt.Errorf("units %d and nanos %d have more than 19 digits", units, nanos)
	}
	return amount.Trim(0), m.GetCurrencyCode(), nil
}

// Decimal converts a number to google.type.Decimal.
func Decimal(value decimal.Decimal) *googledecimal.Decimal {
	return &googledecimal.Decimal{Value: value.String()}
}

// FromDecimal converts a google.type.Decimal of at most 19 digits without rounding. An empty value
// is zero, as the type's documentation says. Error texts say what is expected.
func FromDecimal(d *googledecimal.Decimal) (decimal.Decimal, error) {
	if d.GetValue() == "" {
		return decimal.Decimal{}, nil
	}
	value, err := decimal.Parse(d.GetValue())
	if err != nil {
		return decimal.Decimal{}, errors.New("must be a number like 12.50, of at most 19 digits")
	}
	// Parse rounds numbers with too many digits, so compare its result with the text. Parse limits
	// the length of the text and its exponent, which keeps the exact comparison cheap.
	given, ok := new(big.Rat).SetString(d.GetValue())
	if held, _ := new(big.Rat).SetString(value.String()); !ok || given.Cmp(held) != 0 {
		return decimal.Decimal{}, errors.New("must have at most 19 digits")
	}
	return value, nil
}

// Date converts a calendar date to google.type.Date; the zero Date becomes nil.
func Date(d date.Date) *googledate.Date {
	if d.IsZero() {
		return nil
	}
	return &googledate.Date{Year: int32(d.Year()), Month: int32(d.Month()), Day: int32(d.Day())}
}

// FromDate converts a full google.type.Date. Nil and the empty message become the zero Date.
func FromDate(d *googledate.Date) (date.Date, error) {
	if d.GetYear() == 0 && d.GetMonth() == 0 && d.GetDay() == 0 {
		return date.Date{}, nil
	}
	return date.New(int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay()))
}
