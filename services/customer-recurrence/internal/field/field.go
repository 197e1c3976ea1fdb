// Package field holds checks shared by several resources.
package field

import (
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// The most digits of a decimal before and after the point. Sums and differences of two such
// decimals are exact.
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

// Word checks that a text is not blank and not too long.
func Word(v *fault.Violations, name, value string, limit int) {
	if v.Require(name, strings.TrimSpace(value) != "") {
		v.PlainText(name, value, limit)
	}
}

// NotNegative checks that a number is not negative.
func NotNegative(v *fault.Violations, name string, value int32) {
	if value < 0 {
		v.Add(name, reason.OutOfRange, "must not be negative")
	}
}
