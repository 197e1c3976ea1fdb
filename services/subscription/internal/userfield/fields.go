// Package userfield holds the user defined fields of CRM.COM's objects and the changes to them.
package userfield

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// The number of user defined fields of each type.
const (
	StringFields = 8
	floatFields  = 4
	dateFields   = 4
)

// longestText is the maximum length in characters of notes and of a user defined field of type
// String.
const longestText = 4000

// Fields are the sixteen fields whose meaning the organisation defines. Nil is no value. Digests of what was asked for are of their JSON, which
// therefore must stay as it is; documents leave out those that have no value at all.
type Fields struct {
	Strings [StringFields]*string         `json:"strings"`
	Floats  [floatFields]*decimal.Decimal `json:"floats"`
	Dates   [dateFields]*DateTime         `json:"dates"`
}

// Changes are the changes to each user defined field.
type Changes struct {
	Strings [StringFields]Change[string]
	Floats  [floatFields]Change[decimal.Decimal]
	Dates   [dateFields]Change[DateTime]
}

// Any reports whether there is a change to any field.
func (c Changes) Any() bool {
	given := false
	for _, change := range c.Strings {
		given = given || change.given
	}
	for _, change := range c.Floats {
		given = given || change.given
	}
	for _, change := range c.Dates {
		given = given || change.given
	}
	return given
}

// Apply applies the changes. path is the path of the fields in the request.
func (c Changes) Apply(path string, fields *Fields) error {
	for i, change := range c.Strings {
		if change.value != nil {
			if err := CheckText(path+string(NameOf(String, i)), change); err != nil {
				return err
			}
		}
		change.Apply(&fields.Strings[i])
	}
	for i, change := range c.Floats {
		if !sameNumber(change.value, fields.Floats[i]) {
			change.Apply(&fields.Floats[i])
		}
	}
	for i, change := range c.Dates {
		change.Apply(&fields.Dates[i])
	}
	return nil
}

// sameNumber reports whether both are the same number, such as 1.5 and 1.50. A number that is sent back as a client
// prints it changes nothing.
func sameNumber(given, present *decimal.Decimal) bool {
	return given != nil && present != nil && given.Equal(*present)
}

// CheckText returns a TOO_LONG fault if a text is longer than longestText.
func CheckText(field string, change Change[string]) error {
	if change.value != nil && utf8.RuneCountInString(*change.value) > longestText {
		return fault.InvalidField(field, reason.TooLong, "must have at most %d characters", longestText)
	}
	return nil
}

// Change is a change to one property: keep, clear or set. The zero Change keeps the value.
type Change[T any] struct {
	given bool
	value *T
}

// Set returns the change that sets a value.
func Set[T any](value T) Change[T] { return Change[T]{given: true, value: &value} }

// Clear returns the change that removes the value.
func Clear[T any]() Change[T] { return Change[T]{given: true} }

// MarshalJSON writes the change so that different ones differ, for digests of what was asked for.
func (c Change[T]) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Given bool `json:"given"`
		Value *T   `json:"value"`
	}{c.given, c.value})
}

// Apply applies the change.
func (c Change[T]) Apply(to **T) {
	if c.given {
		*to = c.value
	}
}

// DateTime is a date and time of day without time zone or fraction of a second, as CRM.COM writes
// it.
type DateTime struct{ utc time.Time }

const (
	dateTimeLayout = "2006-01-02T15:04:05"
	dateLayout     = "2006-01-02"
)

// ParseDateTime parses `2015-02-20T16:40:42`, or `2015-02-20` as midnight of that day.
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

// looseDateTime matches a date and time without seconds, or with a fraction of one, or with a time
// zone.
var looseDateTime = regexp.MustCompile(`^([0-9-]{10}T[0-9]{2}:[0-9]{2})(?:(:[0-9]{2})(?:\.[0-9]{1,12})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?$`)

// ParseLooseDateTime parses a date and time as CRM.COM's clients write it. Seconds may be missing. A
// fraction and a time zone, as in `2015-02-20T16:40:42.5+02:00`, are dropped, so that the date counts
// as it is written.
func ParseLooseDateTime(text string) (DateTime, error) {
	if parts := looseDateTime.FindStringSubmatch(text); parts != nil {
		if read, err := ParseDateTime(parts[1] + cmp.Or(parts[2], ":00")); err == nil {
			return read, nil
		}
	}
	return ParseDateTime(text)
}

// DateTimeOf returns the date and time in UTC at an instant.
func DateTimeOf(t time.Time) DateTime { return DateTime{t.UTC().Truncate(time.Second)} }

// Time returns the date and time as if it were in UTC.
func (d DateTime) Time() time.Time { return d.utc }

// String returns the form `2015-02-20T16:40:42`.
func (d DateTime) String() string { return d.utc.Format(dateTimeLayout) }

// MarshalText returns the same form as String.
func (d DateTime) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses the form of MarshalText.
func (d *DateTime) UnmarshalText(text []byte) error {
	parsed, err := ParseDateTime(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
