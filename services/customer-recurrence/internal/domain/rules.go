package domain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Decimals have at most this many digits before and after the point, so that sums and differences of two stay exact.
const (
	maxIntegerDigits  = 13
	maxFractionDigits = 6
)

// rules collects what is wrong with a value, all of it, so that the caller learns of everything at once.
type rules struct {
	// prefix stands before each field's path.
	prefix     string
	violations []fault.Violation
}

func (r *rules) err() error { return fault.FieldsOrNil(r.violations) }

// maxViolations keeps a request with thousands of bad entries from getting an answer as long.
const maxViolations = 50

func (r *rules) add(field string, why reason.Reason, format string, args ...any) {
	if len(r.violations) < maxViolations {
		r.violations = append(r.violations, fault.Violation{
			Field: r.prefix + field, Reason: why, Description: fmt.Sprintf(format, args...),
		})
	}
}

// in runs check with the paths of its fields beneath path.
func (r *rules) in(path string, check func()) {
	outer := r.prefix
	r.prefix += path + "."
	check()
	r.prefix = outer
}

// text checks a text that may be empty: at most that many UTF-16 units, no control characters but tab and line ends.
func (r *rules) text(field, value string, most int) {
	// A UTF-16 unit never takes more bytes than three, so a text of few bytes needs no counting.
	if len(value) > most && utf16Length(value) > most {
		r.add(field, reason.TooLong, "must have at most %d characters", most)
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, isForbiddenControl) {
		r.add(field, reason.InvalidText, "must not contain control characters")
	}
}

// word checks a text that must not be blank.
func (r *rules) word(field, value string, most int) {
	if strings.TrimSpace(value) == "" {
		r.add(field, reason.Required, "must be given")
		return
	}
	r.text(field, value, most)
}

// personName checks a name that holds letters, space, '.' and ',' alone, as the vendor documents it.
func (r *rules) personName(field, value string, most int) {
	r.text(field, value, most)
	allowed := func(c rune) bool {
		return unicode.IsLetter(c) || unicode.IsMark(c) || c == ' ' || c == '.' || c == ','
	}
	if strings.ContainsFunc(value, func(c rune) bool { return !allowed(c) }) {
		r.add(field, reason.InvalidText, "must have only letters, spaces, '.' and ','")
	}
}

func (r *rules) taxID(field string, value TaxID) {
	if !taxID.MatchString(string(value)) {
		r.add(field, reason.InvalidTaxID, "must be an RFC of 12 or 13 characters, such as XAXX010101000")
	}
}

// guid brings a GUID that may be empty into its canonical form.
func (r *rules) guid(field string, value *GUID) {
	canonical, err := ParseGUID(string(*value))
	if err != nil {
		r.add(field, reason.InvalidGUID, "must be a GUID like 08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b")
		return
	}
	*value = canonical
}

// offsetTime brings a moment into its canonical form.
func (r *rules) offsetTime(field string, value *OffsetTime) {
	canonical, err := ParseOffsetTime(string(*value))
	if err != nil {
		r.add(field, reason.InvalidTime, "must be a moment like 2025-11-13T08:51:00.2944363-06:00")
		return
	}
	*value = canonical
}

func (r *rules) notNegative(field string, value int32) {
	if value < 0 {
		r.add(field, reason.OutOfRange, "must not be negative")
	}
}

func (r *rules) positive(field string, value int32) {
	if value < 1 {
		r.add(field, reason.Required, "must be given, greater than zero")
	}
}

func (r *rules) optionalNotNegative(field string, value *int32) {
	if value != nil {
		r.notNegative(field, *value)
	}
}

// digits checks that a decimal has few enough digits for exact arithmetic.
func (r *rules) digits(field string, value decimal.Decimal) {
	if value.Prec()-value.Scale() > maxIntegerDigits || value.MinScale() > maxFractionDigits {
		r.add(field, reason.TooPrecise, "must have at most %d digits before the point and %d after it", maxIntegerDigits, maxFractionDigits)
	}
}

// currency checks a code that may be empty.
func (r *rules) currency(field string, value Currency) {
	if value != "" && !currency.IsValid(string(value)) {
		r.add(field, reason.UnknownCurrency, "%q is not a currency of ISO 4217", string(value))
	}
}

func utf16Length(text string) int {
	length := 0
	for _, c := range text {
		length += max(1, utf16.RuneLen(c))
	}
	return length
}

func isForbiddenControl(c rune) bool {
	return unicode.IsControl(c) && c != '\t' && c != '\n' && c != '\r'
}
