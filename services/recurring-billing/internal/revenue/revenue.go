// Package revenue computes the monthly recurring revenue (MRR) of recurring lines and its
// movements, and keeps them up to date.
//
// # Rules
//
// The rules are pure: they use no store and no clock, and whole minor units of a currency.
//
//  1. The MRR of a line on a day is the monthly amount in effect on that day, from the line's start
//     to the day before its end. It is 0 on every other day, and on days on which the line is paused.
//     The bill cycle, the bill day, whether it is billed in advance or in arrears, and what was
//     invoiced do not matter.
//  2. The MRR of a month is that of the month's last day. Changes that start and end within a month
//     are not seen.
//  3. The movement of a line in a month is the month's MRR less that of the month before. From 0 it
//     is New if no earlier month had any MRR, and Reactivation otherwise. To 0 it is Churn. Between
//     amounts above 0 it is Expansion or Contraction. A line with a negative amount is a discount:
//     its beginning is Contraction, its end Expansion. A line that is paused at the end of a month is
//     Churn, and Reactivation when it is not paused any more.
//  4. The dates are those of the business, not those of the changes. The latest state of a line
//     determines all of its months. A start, an end, a cancellation or a rate with an earlier date
//     restates the months from that date on; one with a later date counts when its month comes.
//     Figures of an unfinished month assume that nothing else changes. A deleted line counts as if
//     it had never existed.
//  5. A line's item and master account have no dates of their own. The initial ones count for all
//     months until they are replaced; the new ones count from the month (UTC) of that change. The
//     amount that leaves one group for another is Transfer, negative in the one and positive in the
//     other, and 0 overall. If the amount changes in the same month, the difference is Expansion or
//     Contraction of the new group. Churn belongs to the group of the month before.
//  6. Amounts of different currencies are never added. A line has one currency.
//  7. The opening of a month and its movements add up to its closing, which is the opening of the
//     next month. The movements of all groups add up to those without groups.
//
// # Storage
//
// A Worker follows the change feed of each tenant. It keeps the Series of every line, and the sums
// of the movements of every group and month. When a line changes, the Worker subtracts its old
// movements and adds the new ones, so a query reads months and groups, never lines. The sums and
// the Worker's position in the feed are written in one transaction, so every change counts exactly
// once, even after crashes, and following the feed from the beginning gives the same figures. The
// figures outlast the feed's retention. A change that the feed dropped before the Worker read it is
// missing until the line changes again.
package revenue

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Month is a calendar month, counted from January of the year 0, which is before every date.
type Month int

const monthLayout = "2006-01"

// MonthOf returns the month of a date.
func MonthOf(d date.Date) Month { return Month(12*d.Year() + int(d.Month()) - 1) }

// ParseMonth parses a month such as `2006-01`.
func ParseMonth(text string) (Month, error) {
	t, err := time.Parse(monthLayout, text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a month like %s", text, monthLayout)
	}
	return MonthOf(date.Of(t)), nil
}

// Calendar returns the year of the month and its number within the year, 1 to 12.
func (m Month) Calendar() (year, month int) { return int(m / 12), int(m%12 + 1) }

// String formats the month as `2006-01`.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m/12, m%12+1) }

// MarshalText returns the month as String formats it.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *Month) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMonth(string(text))
	return err
}

func (m Month) lastDay() date.Date {
	return date.Of(time.Date(int(m/12), time.Month(m%12+2), 0, 0, 0, 0, 0, time.UTC))
}

// Group is the group that revenue is counted in: what is billed and who pays for it.
type Group struct {
	// Item is the item billed.
	Item catalogue.ItemCode `json:"item"`
	// MasterAccount is the account that the line is receivable to, empty for none.
	MasterAccount catalogue.MasterAccountCode `json:"master"`
}

// Grouping selects the fields that distinguish groups.
type Grouping int

// The groupings. ByItem and ByMasterAccount are bits.
const (
	ByNothing       Grouping = 0
	ByItem          Grouping = 1
	ByMasterAccount Grouping = 2
	ByBoth                   = ByItem | ByMasterAccount
)

var groupings = [...]Grouping{ByNothing, ByItem, ByMasterAccount, ByBoth}

// of returns the group without the fields that the grouping ignores.
func (g Grouping) of(group Group) Group {
	if g&ByItem == 0 {
		group.Item = ""
	}
	if g&ByMasterAccount == 0 {
		group.MasterAccount = ""
	}
	return group
}
