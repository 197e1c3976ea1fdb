// Package field checks fields that several resources have alike.
package field

import (
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Decimals have at most this many digits before and after the point, so that sums and differences of two stay exact.
const (
	maxIntegerDigits  = 13
	MaxFractionDigits = 6
)

// Digits checks that a decimal has few enough digits for exact arithmetic.
func Digits(v *fault.Violations, name string, value decimal.Decimal) {
	if value.Prec()-value.Scale() > maxIntegerDigits || value.MinScale() > MaxFractionDigits {
		v.Add(name, reason.TooPrecise, "must have at most %d digits before the point and %d after it", maxIntegerDigits, MaxFractionDigits)
	}
}

// Word checks a text that must not be blank.
func Word(v *fault.Violations, name, value string, most int) {
	if v.Require(name, strings.TrimSpace(value) != "") {
		v.PlainText(name, value, most)
	}
}

// NotNegative checks a number.
func NotNegative(v *fault.Violations, name string, value int32) {
	if value < 0 {
		v.Add(name, reason.OutOfRange, "must not be negative")
	}
}
