package domain

import (
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Decimals have at most this many digits before and after the point, so that sums and differences of two stay exact.
const (
	maxIntegerDigits  = 13
	maxFractionDigits = 6
)

// checkDigits checks that a decimal has few enough digits for exact arithmetic.
func checkDigits(v *fault.Violations, field string, value decimal.Decimal) {
	if value.Prec()-value.Scale() > maxIntegerDigits || value.MinScale() > maxFractionDigits {
		v.Add(field, reason.TooPrecise, "must have at most %d digits before the point and %d after it", maxIntegerDigits, maxFractionDigits)
	}
}

// checkWord checks a text that must not be blank.
func checkWord(v *fault.Violations, field, value string, most int) {
	if v.Require(field, strings.TrimSpace(value) != "") {
		v.PlainText(field, value, most)
	}
}

func checkNotNegative(v *fault.Violations, field string, value int32) {
	if value < 0 {
		v.Add(field, reason.OutOfRange, "must not be negative")
	}
}
