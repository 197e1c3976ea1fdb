// Package date provides calendar dates: a year, a month and a day without a time or a zone.
package date

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"math"
	"time"
)

const layout = "2006-01-02"

// Date is a date of the Gregorian calendar. The zero Date means no date; it is stored as NULL and
// written as "". A run holds half a million dates at once, so it has four bytes.
type Date struct {
	year       int16
	month, day int8
}

// of returns a date. Sums of days and months can have years beyond 9999; a year beyond those that a Date holds is the last or first
// of them.
func of(year int, month time.Month, day int) Date {
	return Date{int16(max(math.MinInt16, min(year, math.MaxInt16))), int8(month), int8(day)} //nolint:gosec // months and days are small
}

// New returns the date of a year (1 to 9999), month (1 to 12) and day (1 to the length of the
// month).
func New(year int, month time.Month, day int) (Date, error) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > DaysIn(year, month) {
		return Date{}, fmt.Errorf("%04d-%02d-%02d is not a calendar date", year, month, day)
	}
	return of(year, month, day), nil
}

// MustNew is like New but panics if the date is invalid.
func MustNew(year int, month time.Month, day int) Date {
	d, err := New(year, month, day)
	if err != nil {
		panic(err)
	}
	return d
}

// Parse parses a date such as `2006-01-02`.
func Parse(text string) (Date, error) {
	t, err := time.Parse(layout, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date like 2006-01-02", text)
	}
	return New(t.Year(), t.Month(), t.Day())
}

// Of returns the calendar date of t in its own zone.
func Of(t time.Time) Date { return of(t.Date()) }

// DaysIn returns the number of days in a month, 1 to 12.
func DaysIn(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

// Year returns the year, 1 to 9999 but for sums of days and months.
func (d Date) Year() int { return int(d.year) }

// Month returns the month of the year.
func (d Date) Month() time.Month { return time.Month(d.month) }

// Day returns the day of the month.
func (d Date) Day() int { return int(d.day) }

// IsZero reports whether d is the zero Date.
func (d Date) IsZero() bool { return d == Date{} }

// Time returns midnight UTC at the start of the date.
func (d Date) Time() time.Time { return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC) }

// String returns `2006-01-02`, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(layout)
}

// Compare returns -1, 0 or 1 if d is before, equal to or after other.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.year, other.year), cmp.Compare(d.month, other.month), cmp.Compare(d.day, other.day))
}

// Before reports whether d is before other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// AddDays returns the date a number of days later, or earlier if days is negative.
func (d Date) AddDays(days int) Date { return Of(d.Time().AddDate(0, 0, days)) }

// DaysUntil returns the number of days from d to other. It is negative if other is before d.
func (d Date) DaysUntil(other Date) int {
	return int(other.Time().Unix()/86400 - d.Time().Unix()/86400)
}

// AddMonthsOnDay returns the given day of the month that many months later, clamped to the length
// of the month: day 31 of a February is its last day.
func (d Date) AddMonthsOnDay(months, day int) Date {
	total := 12*d.Year() + int(d.Month()-time.January) + months
	year, month := total/12, time.January+time.Month(total%12)
	if month < time.January { // before the year 0
		year, month = year-1, month+12
	}
	return of(year, month, min(day, DaysIn(year, month)))
}

// AddMonthsClamped returns the date that many months later, with the day clamped to the length of
// the month.
func (d Date) AddMonthsClamped(months int) Date { return d.AddMonthsOnDay(months, d.Day()) }

// MarshalText returns the text of String.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return []byte{}, nil
	}
	return d.Time().AppendFormat(make([]byte, 0, len(layout)), layout), nil
}

// UnmarshalText parses the output of MarshalText.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Value returns `2006-01-02` for the database, or NULL for the zero Date.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads a value written by Value.
func (d *Date) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*d = Date{}
		return nil
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	case time.Time:
		*d = Of(v)
		return nil
	}
	return fmt.Errorf("a date cannot be read from a %T", value)
}
