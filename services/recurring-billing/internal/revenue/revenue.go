// Package revenue is the monthly recurring revenue (MRR) of recurring lines: what it is, how it moves, and how it is kept.
//
// # The rules
//
// They are pure: no store, no clock, whole minor units of a currency.
//
//  1. The MRR of a line on a day is the monthly amount in force on that day, from the line's start to the day before its
//     end, and 0 on every other day. The bill cycle, the bill day and what was invoiced do not matter.
//  2. The MRR of a month is that of the month's last day. What comes and goes within a month is not seen.
//  3. The movement of a line in a month is the month's MRR less that of the month before. From 0 it is New where no month
//     before had any, and Reactivation otherwise; to 0 it is Churn; between amounts above 0 it is Expansion or
//     Contraction.
//  4. Dates are those of the business, not those on which it was told: the latest state of a line decides all of its
//     months. A start, an end, a cancellation or a rate from an earlier date restates the months from that date on; one
//     from a later date counts when its month comes. Of a month that has not ended, figures are what they will be if
//     nothing else changes. A deleted line never was.
//  5. A line's item and master account have no dates of their own. Those that a line is created with count for all of its
//     months, until others take their place: these count from the month (of UTC) in which the line was changed. What
//     leaves one group for another by that is Transfer, below zero in the one and above in the other, and 0 over all; by
//     what the amount changes in the same month, the group that the line moved to expands or contracts. Churn is the
//     group's that the line was in the month before.
//  6. Amounts of different currencies are never added. A line has one currency.
//  7. The opening of a month and its movements add up to its closing, which is the opening of the next month. The
//     movements of all groups add up to those without groups.
//
// # How it is kept
//
// A Worker follows the change feed of each tenant. Of every line it keeps its Series, and of every group and month the sum
// of the movements, which a line's Series leaves and enters again when it changes: an answer reads months and groups, and
// never lines. What a stretch of the feed changes and the place that the Worker has come to are written in one
// transaction, so every change counts exactly once, whatever is killed, and following the feed from its beginning gives
// the same figures. They outlast the feed's retention; what was past it before the Worker came to it is not in them, until
// the line changes again.
package revenue

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Month is a month of the calendar, counted from January of the year 0, which lies before every date.
type Month int

const monthLayout = "2006-01"

// MonthOf is the month that a date lies in.
func MonthOf(d date.Date) Month { return Month(12*d.Year() + int(d.Month()) - 1) }

// ParseMonth reads `2006-01`.
func ParseMonth(text string) (Month, error) {
	t, err := time.Parse(monthLayout, text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a month like %s", text, monthLayout)
	}
	return MonthOf(date.Of(t)), nil
}

// Calendar is the month's year and its number within the year, 1 to 12.
func (m Month) Calendar() (year, month int) { return int(m / 12), int(m%12 + 1) }

// String is `2006-01`.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m/12, m%12+1) }

// MarshalText is String.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *Month) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMonth(string(text))
	return err
}

func (m Month) lastDay() date.Date {
	return date.Of(time.Date(int(m/12), time.Month(m%12+2), 0, 0, 0, 0, 0, time.UTC))
}

// Group is where revenue is counted: what is billed and who pays for it.
type Group struct {
	// Item is the item billed.
	Item catalogue.ItemCode `json:"item"`
	// MasterAccount is the account that the line is receivable to, empty for none.
	MasterAccount catalogue.MasterAccountCode `json:"master"`
}

// Grouping is what groups are told apart by.
type Grouping int

// The groupings. ByItem and ByMasterAccount are bits.
const (
	ByNothing       Grouping = 0
	ByItem          Grouping = 1
	ByMasterAccount Grouping = 2
	ByBoth                   = ByItem | ByMasterAccount
)

var groupings = [...]Grouping{ByNothing, ByItem, ByMasterAccount, ByBoth}

// of is the group without what the grouping does not tell apart.
func (g Grouping) of(group Group) Group {
	if g&ByItem == 0 {
		group.Item = ""
	}
	if g&ByMasterAccount == 0 {
		group.MasterAccount = ""
	}
	return group
}
