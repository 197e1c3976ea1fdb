// Package date holds calendar dates: a year, a month and a day without a time or a zone.
package date

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"time"
)

const layout = "2006-01-02"

// Date is a calendar date of the Gregorian calendar. The zero Date is no date; it is stored as NULL and written as "".
type Date struct {
	year  int
	month time.Month
	day   int
}

// New is the date of a year (1 to 9999), month (1 to 12) and day (1 to the month's length).
func New(year int, month time.Month, day int) (Date, error) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > DaysIn(year, month) {
		return Date{}, fmt.Errorf("%04d-%02d-%02d is not a calendar date", year, month, day)
	}
	return Date{year, month, day}, nil
}

// MustNew is New for dates known to exist.
func MustNew(year int, month time.Month, day int) Date {
	d, err := New(year, month, day)
	if err != nil {
		panic(err)
	}
	return d
}

// Parse reads `2006-01-02`.
func Parse(text string) (Date, error) {
	t, err := time.Parse(layout, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date like 2006-01-02", text)
	}
	return New(t.Year(), t.Month(), t.Day())
}

// Of is the calendar date of an instant in the instant's own zone.
func Of(t time.Time) Date { return Date{t.Year(), t.Month(), t.Day()} }

// DaysIn is the length of a month in days.
func DaysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Year is the year, 1 to 9999.
func (d Date) Year() int { return d.year }

// Month is the month of the year.
func (d Date) Month() time.Month { return d.month }

// Day is the day of the month.
func (d Date) Day() int { return d.day }

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Time is midnight UTC at the start of the date.
func (d Date) Time() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

// String is `2006-01-02`, or "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}

// Compare is -1, 0 or 1 as d lies before, on or after other.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.year, other.year), cmp.Compare(d.month, other.month), cmp.Compare(d.day, other.day))
}

// Before reports whether d lies before other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// AddDays is the date that many days later, or earlier for a negative number.
func (d Date) AddDays(days int) Date { return Of(d.Time().AddDate(0, 0, days)) }

// DaysUntil is the number of days from d to other, negative if other lies before d.
func (d Date) DaysUntil(other Date) int {
	return int(other.Time().Unix()/86400 - d.Time().Unix()/86400)
}

// AddMonthsOnDay is the date that many months later on the day wanted, clamped to the month's length: the 31st in a
// February is its last day.
func (d Date) AddMonthsOnDay(months, day int) Date {
	first := time.Date(d.year, d.month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return Date{first.Year(), first.Month(), min(day, DaysIn(first.Year(), first.Month()))}
}

// AddMonthsClamped is the date that many months later, its day clamped to the month's length.
func (d Date) AddMonthsClamped(months int) Date { return d.AddMonthsOnDay(months, d.day) }

// MarshalText is String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
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

// Value stores `2006-01-02`, or NULL for no date.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads what Value stored.
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
