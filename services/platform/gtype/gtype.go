// Package gtype converts between the domain's exact values and the messages of google.type.
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

// Money is an amount as google.type.Money. It fails where the amount has more than nine decimal places or does not fit
// into 64 bits of units.
func Money(amount decimal.Decimal, currency string) (*money.Money, error) {
	units, nanos, ok := amount.Int64(nanoDigits)
	if !ok || amount.Trunc(nanoDigits).Cmp(amount) != 0 {
		return nil, fmt.Errorf("%s does not fit into a google.type.Money", amount)
	}
	return &money.Money{CurrencyCode: currency, Units: units, Nanos: int32(nanos)}, nil
}

// FromMoney is the amount and the currency of a google.type.Money; nil is zero without a currency.
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

// Decimal is a number as google.type.Decimal.
func Decimal(value decimal.Decimal) *googledecimal.Decimal {
	return &googledecimal.Decimal{Value: value.String()}
}

// FromDecimal reads a google.type.Decimal exactly, with at most 19 digits; an empty value is zero, as its page says. An
// error says what to write.
func FromDecimal(d *googledecimal.Decimal) (decimal.Decimal, error) {
	if d.GetValue() == "" {
		return decimal.Decimal{}, nil
	}
	value, err := decimal.Parse(d.GetValue())
	if err != nil {
		return decimal.Decimal{}, errors.New("must be a number like 12.50, of at most 19 digits")
	}
	// Parse rounds what has more digits than it holds; an amount is taken as it was given or not at all. Parse bounds the
	// text and its exponent, so the exact comparison is cheap.
	given, ok := new(big.Rat).SetString(d.GetValue())
	if held, _ := new(big.Rat).SetString(value.String()); !ok || given.Cmp(held) != 0 {
		return decimal.Decimal{}, errors.New("must have at most 19 digits")
	}
	return value, nil
}

// Date is a calendar date as google.type.Date, nil for no date.
func Date(d date.Date) *googledate.Date {
	if d.IsZero() {
		return nil
	}
	return &googledate.Date{Year: int32(d.Year()), Month: int32(d.Month()), Day: int32(d.Day())}
}

// FromDate reads a full google.type.Date; nil and the zero message are no date.
func FromDate(d *googledate.Date) (date.Date, error) {
	if d.GetYear() == 0 && d.GetMonth() == 0 && d.GetDay() == 0 {
		return date.Date{}, nil
	}
	return date.New(int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay()))
}
