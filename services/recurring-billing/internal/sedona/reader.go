package sedona

import (
	"strings"
	"time"

	googledecimal "google.golang.org/genproto/googleapis/type/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// nullDate is the vendor's value for "no date".
var nullDate = date.MustNew(1899, time.December, 30)

// day formats a date as the vendor's pages do, and a zero date as the null date.
func day(d date.Date) *string {
	if d.IsZero() {
		return day(nullDate)
	}
	return new(d.Time().Format("01/02/2006"))
}

// dateTime formats midnight of a date as the vendor's samples write true dates, which only few members
// are.
func dateTime(d date.Date) *string { return new(d.String() + "T00:00:00") }

// reader converts a body's texts to domain values and collects violations. It uses the domain's
// field names.
type reader struct{ fault.Violations }

// date reads a date as readDate does, and adds a violation if it is invalid.
func (r *reader) date(field, text string) date.Date {
	day, ok := readDate(text)
	if !ok {
		r.Add(field, reason.InvalidDate, "must be a date like 01/31/2026 or 2026-01-31")
	}
	return day
}

// dayAfter is like date for the last day of something, and returns the first day that is not of it
// any more.
func (r *reader) dayAfter(field, text string) date.Date {
	last := r.date(field, text)
	switch {
	case last.IsZero():
		return last
	case last.Year() > latestYear:
		r.Add(field, reason.InvalidDate, "must be a date before the year %d", latestYear+1)
		return date.Date{}
	}
	return last.AddDays(1)
}

// latestYear is the last year of a day that another follows.
const latestYear = 9998

// lastDay formats the last day before an end as day does.
func lastDay(end date.Date) *string {
	if end.IsZero() {
		return day(end)
	}
	return day(end.AddDays(-1))
}

// required is like date, but the date must be given.
func (r *reader) required(field, text string) date.Date {
	day, ok := readDate(text)
	if ok {
		r.Require(field, !day.IsZero())
		return day
	}
	return r.date(field, text)
}

// readDate reads an MM/DD/YYYY or ISO 8601 date and ignores a time after it. An empty text and the
// null date give a zero date.
func readDate(text string) (day date.Date, ok bool) {
	text = strings.TrimSpace(text)
	if end := strings.IndexAny(text, " T"); end >= 0 {
		text = text[:end]
	}
	if text == "" {
		return date.Date{}, true
	}
	for _, layout := range []string{"1/2/2006", "2006-01-02"} {
		if parsed, err := time.Parse(layout, text); err == nil && parsed.Year() > 0 {
			if found := date.Of(parsed); found != nullDate {
				return found, true
			}
			return date.Date{}, true
		}
	}
	return date.Date{}, false
}

// amount reads an amount of a currency. An absent number gives a zero amount.
func (r *reader) amount(field string, number *googledecimal.Decimal, currency money.Currency) money.Amount {
	value, err := gtype.FromDecimal(number)
	if err != nil {
		r.Add(field, reason.InvalidAmount, "%v", err)
	}
	return money.Amount{Value: value, Currency: currency}
}

// cycleAmount adds a violation if a cycle amount is given that is not the monthly amount times the
// months of the cycle.
func (r *reader) cycleAmount(given *googledecimal.Decimal, monthly money.Amount, cycle line.BillCycle) {
	if given == nil || !cycle.Valid() {
		return
	}
	const field = "cycle_amount"
	sent := r.amount(field, given, monthly.Currency)
	if want, err := monthly.Times(cycle.Months()); err != nil || want.Value.Cmp(sent.Value) != 0 {
		r.Add(field, reason.Inconsistent, "must be %d times the monthly amount, or be left out", cycle.Months())
	}
}
