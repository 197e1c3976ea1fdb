// Package userfield holds the user defined fields of CRM.COM's objects, and how they change.
package userfield

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// How many user defined fields of each type there are.
const (
	StringFields = 8
	floatFields  = 4
	dateFields   = 4
)

// longestText is the most characters that notes and a user defined field of type String hold.
const longestText = 4000

// Fields are the sixteen fields whose meaning the organisation defines; nil is no value.
type Fields struct {
	Strings [StringFields]*string         `json:"strings"`
	Floats  [floatFields]*decimal.Decimal `json:"floats"`
	Dates   [dateFields]*DateTime         `json:"dates"`
}

// Changes says for each user defined field whether it keeps its value, loses it or gets another.
type Changes struct {
	Strings [StringFields]Change[string]
	Floats  [floatFields]Change[decimal.Decimal]
	Dates   [dateFields]Change[DateTime]
}

// Apply makes the changes. path is where the fields stand in the request.
func (c Changes) Apply(path string, fields *Fields) error {
	for i, change := range c.Strings {
		if err := CheckText(fmt.Sprintf("%sudf_string_%d", path, i+1), change); err != nil {
			return err
		}
		change.Apply(&fields.Strings[i])
	}
	for i, change := range c.Floats {
		change.Apply(&fields.Floats[i])
	}
	for i, change := range c.Dates {
		change.Apply(&fields.Dates[i])
	}
	return nil
}

// CheckText refuses with TOO_LONG a text that is longer than longestText.
func CheckText(field string, change Change[string]) error {
	if change.value != nil && utf8.RuneCountInString(*change.value) > longestText {
		return fault.InvalidField(field, reason.TooLong, "must have at most %d characters", longestText)
	}
	return nil
}

// Change is what happens to one property. The zero Change keeps the value it has.
type Change[T any] struct {
	given bool
	value *T
}

// Set is the change to a value.
func Set[T any](value T) Change[T] { return Change[T]{given: true, value: &value} }

// Clear is the change to no value.
func Clear[T any]() Change[T] { return Change[T]{given: true} }

// Apply makes the change.
func (c Change[T]) Apply(to **T) {
	if c.given {
		*to = c.value
	}
}

// DateTime is a calendar date and a time of day without a zone, as CRM.COM writes it. It has no fraction of a second.
type DateTime struct{ utc time.Time }

const (
	dateTimeLayout = "2006-01-02T15:04:05"
	dateLayout     = "2006-01-02"
)

// ParseDateTime reads `2015-02-20T16:40:42`, or `2015-02-20` as that day's midnight.
func ParseDateTime(text string) (DateTime, error) {
	layout := dateTimeLayout
	if len(text) == len(dateLayout) {
		layout = dateLayout
	}
	t, err := time.Parse(layout, text)
	if err != nil || len(text) != len(layout) {
		return DateTime{}, fmt.Errorf("%q is not a date like 2015-02-20T16:40:42 or 2015-02-20", text)
	}
	return DateTime{t}, nil
}

// DateTimeOf is what a clock in UTC shows at an instant.
func DateTimeOf(t time.Time) DateTime { return DateTime{t.UTC().Truncate(time.Second)} }

// String is `2015-02-20T16:40:42`.
func (d DateTime) String() string { return d.utc.Format(dateTimeLayout) }

// MarshalText is String.
func (d DateTime) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *DateTime) UnmarshalText(text []byte) error {
	parsed, err := ParseDateTime(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
