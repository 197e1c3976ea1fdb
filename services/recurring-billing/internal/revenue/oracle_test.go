package revenue_test

import (
	"cmp"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
)

func compareKeys(a, b revenue.Key) int {
	return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Item, b.Item), cmp.Compare(a.MasterAccount, b.MasterAccount),
		cmp.Compare(a.Month, b.Month))
}

// The year of the drawn histories, with some months before and after.
var (
	firstDay = day("2025-10-01")
	lastDay  = day("2027-03-31")
)

func drawDay(r *rapid.T, name string, from date.Date) date.Date {
	if rapid.Bool().Draw(r, name+" at a month's edge") {
		return from.AddMonthsOnDay(rapid.IntRange(1, 6).Draw(r, name), rapid.SampledFrom([]int{1, 27, 28, 30, 31}).Draw(r, name+" day"))
	}
	return from.AddDays(rapid.IntRange(1, 120).Draw(r, name))
}

// drawHistory draws the changes of a few lines in a year, in the order of the change feed.
func drawHistory(r *rapid.T) []revenue.State {
	at := day("2026-01-01").Time()
	present := map[line.ID]line.Line{}
	var history []revenue.State
	for range rapid.IntRange(1, 12).Draw(r, "changes") {
		at = at.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(r, "hours")) * time.Hour)
		id := line.ID(rapid.IntRange(1, 3).Draw(r, "line"))
		l, known := present[id]
		if !known {
			l = line.Line{ID: id, Start: drawDay(r, "start", firstDay)}
			l.Item = rapid.SampledFrom([]catalogue.ItemCode{"A", "B"}).Draw(r, "item")
			l.Rates = []line.Rate{{Effective: l.Start, MonthlyAmount: drawAmount(r, id)}}
		} else {
			change(r, &l)
		}
		present[id] = l
		history = append(history, revenue.State{Line: l, At: at})
	}
	return history
}

func drawAmount(r *rapid.T, id line.ID) money.Amount {
	amount := dollars(rapid.SampledFrom([]int64{0, 100, 200, 999, -50}).Draw(r, "amount"))
	amount.Currency = currencyOf(id)
	return amount
}

func currencyOf(id line.ID) money.Currency {
	if id == 3 {
		return "EUR"
	}
	return "USD"
}

func change(r *rapid.T, l *line.Line) {
	switch rapid.IntRange(0, 5).Draw(r, "change") {
	case 0:
		l.Item = rapid.SampledFrom([]catalogue.ItemCode{"A", "B"}).Draw(r, "item")
	case 1:
		l.MasterAccount = rapid.SampledFrom([]catalogue.MasterAccountCode{"", "M", "N"}).Draw(r, "master")
	case 2:
		l.End = drawDay(r, "end", l.Start)
	case 3:
		l.End = date.Date{}
	default:
		rate := line.Rate{Effective: drawDay(r, "effective", l.Start), MonthlyAmount: drawAmount(r, l.ID)}
		l.Rates = slices.DeleteFunc(slices.Clone(l.Rates), func(other line.Rate) bool { return other.Effective == rate.Effective })
		l.Rates = append(l.Rates, rate)
		slices.SortFunc(l.Rates, func(a, b line.Rate) int { return a.Effective.Compare(b.Effective) })
	}
}

// onDay returns the monthly amount of a line on a day and the group it counts in, computed from all
// changes.
func onDay(history []revenue.State, id line.ID, on date.Date) (minor int64, group revenue.Group) {
	seen := false
	var final line.Line
	for _, state := range history {
		if state.ID != id {
			continue
		}
		changed := date.Of(state.At)
		// The first item counts for all months, another from the month of its change.
		if !seen || date.MustNew(changed.Year(), changed.Month(), 1).Compare(on) <= 0 {
			group = revenue.Group{Item: state.Item, MasterAccount: state.MasterAccount}
		}
		seen, final = true, state.Line
	}
	if !seen || on.Before(final.Start) || !final.End.IsZero() && !on.Before(final.End) {
		return 0, group
	}
	for _, rate := range final.Rates {
		if rate.Effective.Compare(on) <= 0 {
			minor = rate.MonthlyAmount.Minor()
		}
	}
	return minor, group
}

// countByDay adds up every line on every day.
func countByDay(history []revenue.State, grouping revenue.Grouping, from, to revenue.Month) []revenue.Row {
	byKey := map[revenue.Key]revenue.Row{}
	in := func(currency money.Currency, group revenue.Group, m revenue.Month, do func(*revenue.Row)) {
		if m < from || m > to {
			return
		}
		if grouping != revenue.ByItem && grouping != revenue.ByBoth {
			group.Item = ""
		}
		if grouping != revenue.ByMasterAccount && grouping != revenue.ByBoth {
			group.MasterAccount = ""
		}
		key := revenue.Key{Currency: currency, Group: group, Month: m}
		row := byKey[key]
		row.Key = key
		do(&row)
		byKey[key] = row
	}
	for id := line.ID(1); id <= 3; id++ {
		before, ever := int64(0), false
		var were revenue.Group
		for on := firstDay; on.Compare(lastDay) <= 0; on = on.AddDays(1) {
			if on.AddDays(1).Month() == on.Month() {
				continue
			}
			now, group := onDay(history, id, on)
			if now == 0 {
				group = were
			}
			m, currency := revenue.MonthOf(on), currencyOf(id)
			in(currency, were, m, func(row *revenue.Row) {
				row.Opening += before
				if before != 0 {
					row.Lines--
				}
			})
			in(currency, group, m, func(row *revenue.Row) {
				row.Closing += now
				if now != 0 {
					row.ActiveLines++
					row.Lines++
				}
				switch {
				case (before < 0 || now < 0) && now > before:
					row.Expansion += now - before
				case before < 0 || now < 0:
					row.Contraction += now - before
				case before == 0 && !ever:
					row.New += now
				case before == 0:
					row.Reactivation += now
				case now == 0:
					row.Churn -= before
				case now > before:
					row.Expansion += now - before
				case now < before:
					row.Contraction += now - before
				}
			})
			if before != 0 && now != 0 {
				in(currency, were, m, func(row *revenue.Row) { row.Transfer -= before })
				in(currency, group, m, func(row *revenue.Row) { row.Transfer += before })
			}
			before, were, ever = now, group, ever || now != 0
		}
	}
	var list []revenue.Row
	for _, row := range byKey {
		empty := revenue.Row{Key: row.Key}
		if row != empty {
			list = append(list, row)
		}
	}
	slices.SortFunc(list, func(a, b revenue.Row) int { return compareKeys(a.Key, b.Key) })
	return list
}
