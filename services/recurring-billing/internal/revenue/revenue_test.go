package revenue_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
)

func day(text string) date.Date {
	d, err := date.Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

func month(text string) revenue.Month {
	m, err := revenue.ParseMonth(text)
	if err != nil {
		panic(err)
	}
	return m
}

// dollars returns an amount of the given number of cents.
func dollars(minor int64) money.Amount {
	return money.Amount{Value: decimal.MustNew(minor, 2), Currency: "USD"}
}

// lineOf returns a line that starts on a day. rates alternates days and cents.
func lineOf(id line.ID, item catalogue.ItemCode, start, end string, rates ...any) line.Line {
	l := line.Line{ID: id, Item: item, Start: day(start)}
	if end != "" {
		l.End = day(end)
	}
	for i := 0; i < len(rates); i += 2 {
		l.Rates = append(l.Rates, line.Rate{Effective: day(rates[i].(string)), MonthlyAmount: dollars(int64(rates[i+1].(int)))})
	}
	return l
}

// datedState is the state of a line after a change, and the day of the change.
type datedState struct {
	on   string
	line line.Line
}

func states(all []datedState) []revenue.State {
	list := make([]revenue.State, len(all))
	for i, one := range all {
		list[i] = revenue.State{Line: one.line, At: day(one.on).Time().Add(15 * time.Hour)}
	}
	return list
}

// tallied counts states, and returns the figures of one grouping up to a month, ordered by key.
func tallied(states []revenue.State, grouping revenue.Grouping, to revenue.Month) (iter.Seq2[revenue.Counted, error], error) {
	series := map[line.ID]revenue.Series{}
	tally := revenue.Tally{}
	for _, state := range states {
		before := series[state.ID]
		after, err := before.After(state)
		if err != nil {
			return nil, err
		}
		if err := tally.Move(before, after); err != nil {
			return nil, err
		}
		series[state.ID] = after
	}
	cells := slices.Collect(maps.Keys(tally))
	cells = slices.DeleteFunc(cells, func(c revenue.Cell) bool { return c.Grouping != grouping || c.Month > to })
	slices.SortFunc(cells, func(a, b revenue.Cell) int { return compareKeys(a.Key, b.Key) })
	return func(yield func(revenue.Counted, error) bool) {
		for _, cell := range cells {
			if !yield(revenue.Counted{Key: cell.Key, Figures: tally[cell]}, nil) {
				return
			}
		}
	}, nil
}

func rows(t testing.TB, states []revenue.State, grouping revenue.Grouping, from, to revenue.Month) (list []revenue.Row) {
	t.Helper()
	counted, err := tallied(states, grouping, to)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range revenue.Rows(counted, from, to, revenue.Key{}) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, row)
	}
	return list
}

// Each rule, in months of 2026 unless it says so: the changes, and the figures after them.
func TestRevenueRules(t *testing.T) {
	for _, c := range []struct {
		rule     string
		states   []datedState
		grouping revenue.Grouping
		// want has one text per row: month, group, opening, movements other than 0, closing, active
		// lines.
		want []string
	}{
		{"1: from the start to the day before the end", []datedState{{"2026-01-01", lineOf(1, "A", "2026-02-28", "2026-04-30", "2026-02-28", 1000)}}, 0,
			[]string{"2026-02 0 new 1000 = 1000 (1)", "2026-03 1000 = 1000 (1)", "2026-04 1000 churn -1000 = 0 (0)"}},
		{"1: the last day billed is the last of a month", []datedState{{"2026-01-01", lineOf(1, "A", "2026-01-01", "2026-02-01", "2026-01-01", 1000)}}, 0,
			[]string{"2026-01 0 new 1000 = 1000 (1)", "2026-02 1000 churn -1000 = 0 (0)"}},
		{"2: what comes and goes within a month is not seen", []datedState{{"2026-01-01", lineOf(1, "A", "2026-02-01", "2026-02-28", "2026-02-01", 1000)}}, 0, nil},
		{"2: a rate counts from the month on whose last day it is in force", []datedState{
			{"2026-01-01", lineOf(1, "A", "2026-01-01", "", "2026-01-01", 1000, "2026-02-28", 1500, "2026-03-01", 1200)}}, 0,
			[]string{"2026-01 0 new 1000 = 1000 (1)", "2026-02 1000 expansion 500 = 1500 (1)", "2026-03 1500 contraction -300 = 1200 (1)",
				"2026-04 1200 = 1200 (1)", "2026-05 1200 = 1200 (1)", "2026-06 1200 = 1200 (1)"}},
		{"3: from nothing again is reactivation", []datedState{
			{"2026-01-01", lineOf(1, "A", "2026-01-01", "2026-05-31", "2026-01-01", 1000, "2026-02-01", 0, "2026-04-01", 800)}}, 0,
			[]string{"2026-01 0 new 1000 = 1000 (1)", "2026-02 1000 churn -1000 = 0 (0)", "2026-04 0 reactivation 800 = 800 (1)",
				"2026-05 800 churn -800 = 0 (0)"}},
		{"4: a rate from an earlier date restates", []datedState{
			{"2026-01-01", lineOf(1, "A", "2026-01-01", "2026-04-01", "2026-01-01", 1000)},
			{"2026-09-09", lineOf(1, "A", "2026-01-01", "2026-04-01", "2026-01-01", 1000, "2026-02-10", 700)}}, 0,
			[]string{"2026-01 0 new 1000 = 1000 (1)", "2026-02 1000 contraction -300 = 700 (1)", "2026-03 700 = 700 (1)",
				"2026-04 700 churn -700 = 0 (0)"}},
		{"4: a withdrawn cancellation has no effect", []datedState{
			{"2026-01-01", lineOf(1, "A", "2025-01-01", "", "2025-01-01", 1000)},
			{"2026-02-01", lineOf(1, "A", "2025-01-01", "2026-02-01", "2025-01-01", 1000)},
			{"2026-05-01", lineOf(1, "A", "2025-01-01", "2026-07-01", "2025-01-01", 1000)}}, 0,
			[]string{"2026-01 1000 = 1000 (1)", "2026-02 1000 = 1000 (1)", "2026-03 1000 = 1000 (1)", "2026-04 1000 = 1000 (1)",
				"2026-05 1000 = 1000 (1)", "2026-06 1000 = 1000 (1)"}},
		{"5: another item is a transfer, and 0 over all", []datedState{
			{"2026-01-01", lineOf(1, "A", "2026-02-01", "2026-05-01", "2026-02-01", 1000)},
			{"2026-03-05", lineOf(1, "B", "2026-02-01", "2026-05-01", "2026-02-01", 1000, "2026-03-31", 1100)}}, 0,
			[]string{"2026-02 0 new 1000 = 1000 (1)", "2026-03 1000 expansion 100 = 1100 (1)", "2026-04 1100 = 1100 (1)",
				"2026-05 1100 churn -1100 = 0 (0)"}},
		{"5: by item, the amount moves in the group that the line moved to", []datedState{
			{"2026-01-01", lineOf(1, "A", "2026-02-01", "2026-05-01", "2026-02-01", 1000)},
			{"2026-03-05", lineOf(1, "B", "2026-02-01", "2026-05-01", "2026-02-01", 1000, "2026-03-31", 1100)}}, revenue.ByItem,
			[]string{"2026-02 A 0 new 1000 = 1000 (1)", "2026-03 A 1000 transfer -1000 = 0 (0)",
				"2026-03 B 0 expansion 100 transfer 1000 = 1100 (1)", "2026-04 B 1100 = 1100 (1)", "2026-05 B 1100 churn -1100 = 0 (0)"}},
		{"5: churn is the group's of the month before", []datedState{
			{"2026-01-01", lineOf(1, "A", "2026-02-01", "", "2026-02-01", 1000)},
			{"2026-03-05", lineOf(1, "B", "2026-02-01", "2026-03-31", "2026-02-01", 1000)}}, revenue.ByItem,
			[]string{"2026-02 A 0 new 1000 = 1000 (1)", "2026-03 A 1000 churn -1000 = 0 (0)"}},
		{"5: the first item counts for all months, also for earlier months", []datedState{
			{"2026-03-01", lineOf(1, "A", "2026-03-01", "2026-06-01", "2026-03-01", 1000)},
			{"2026-04-01", lineOf(1, "B", "2026-02-01", "2026-06-01", "2026-02-01", 1000)}}, revenue.ByItem,
			[]string{"2026-02 A 0 new 1000 = 1000 (1)", "2026-03 A 1000 = 1000 (1)", "2026-04 A 1000 transfer -1000 = 0 (0)",
				"2026-04 B 0 transfer 1000 = 1000 (1)", "2026-05 B 1000 = 1000 (1)", "2026-06 B 1000 churn -1000 = 0 (0)"}},
		{"5: an item change reverted in its month has no effect", []datedState{
			{"2026-01-01", lineOf(1, "A", "2026-05-01", "", "2026-05-01", 1000)},
			{"2026-06-02", lineOf(1, "B", "2026-05-01", "", "2026-05-01", 1000)},
			{"2026-06-30", lineOf(1, "A", "2026-05-01", "", "2026-05-01", 1000)}}, revenue.ByItem,
			[]string{"2026-05 A 0 new 1000 = 1000 (1)", "2026-06 A 1000 = 1000 (1)"}},
		{"7: lines add up", []datedState{
			{"2026-01-01", lineOf(1, "A", "2026-04-01", "", "2026-04-01", 1000)},
			{"2026-01-01", lineOf(2, "A", "2026-05-01", "", "2026-05-01", 1, "2026-06-01", 2)}}, revenue.ByItem,
			[]string{"2026-04 A 0 new 1000 = 1000 (1)", "2026-05 A 1000 new 1 = 1001 (2)", "2026-06 A 1001 expansion 1 = 1002 (2)"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var got []string
			for _, row := range rows(t, states(c.states), c.grouping, month("2026-01"), month("2026-06")) {
				got = append(got, text(row))
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("revenue (-want +got):\n%s", diff)
			}
		})
	}
}

func text(row revenue.Row) string {
	text := row.Month.String()
	for _, part := range []string{string(row.Item), string(row.MasterAccount)} {
		if part != "" {
			text += " " + part
		}
	}
	text += fmt.Sprintf(" %d", row.Opening)
	for _, m := range []struct {
		name  string
		minor int64
	}{
		{"new", row.New}, {"reactivation", row.Reactivation}, {"expansion", row.Expansion}, {"contraction", row.Contraction},
		{"churn", row.Churn}, {"transfer", row.Transfer},
	} {
		if m.minor != 0 {
			text += fmt.Sprintf(" %s %d", m.name, m.minor)
		}
	}
	return fmt.Sprintf("%s = %d (%d)", text, row.Closing, row.ActiveLines)
}

func TestDeletedLineHasNoRevenue(t *testing.T) {
	list := states([]datedState{{"2026-01-01", lineOf(1, "A", "2026-01-01", "", "2026-01-01", 1000)}, {"2026-02-01", lineOf(1, "A", "2026-01-01", "", "2026-01-01", 1000)}})
	list[1].Deleted = true
	if got := rows(t, list, 0, 0, month("2027-01")); got != nil {
		t.Errorf("counted: %v", got)
	}
}

func TestFractionalAmountIsAnError(t *testing.T) {
	for name, amount := range map[string]money.Amount{
		"parts of a cent": {Value: decimal.MustParse("0.001"), Currency: "USD"},
		"no currency":     {Value: decimal.MustParse("1"), Currency: "XXX"},
	} {
		l := lineOf(1, "A", "2026-01-01", "")
		l.Rates = []line.Rate{{Effective: l.Start, MonthlyAmount: amount}}
		if _, err := (revenue.Series{}).After(revenue.State{Line: l}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	most := lineOf(1, "A", "2026-01-01", "", "2026-01-01", 9_000_000_000_000_000_000)
	second := most
	second.ID = 2
	if _, err := tallied([]revenue.State{{Line: most}, {Line: second}}, 0, 0); err == nil {
		t.Error("more than 64 bits: no error")
	}
}

// For any history, the revenue equals a count day by day and line by line.
func TestRevenueEqualsDailyCount(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		history := drawHistory(r)
		for _, grouping := range []revenue.Grouping{revenue.ByNothing, revenue.ByItem, revenue.ByMasterAccount, revenue.ByBoth} {
			from := month("2026-01") + revenue.Month(rapid.IntRange(-3, 6).Draw(r, "from"))
			to := from + revenue.Month(rapid.IntRange(0, 8).Draw(r, "months"))
			want := countByDay(history, grouping, from, to)
			counted, err := tallied(history, grouping, to)
			if err != nil {
				r.Fatal(err)
			}
			// Each page resumes after the last row of the previous one.
			var got []revenue.Row
			for size, more := rapid.IntRange(1, 6).Draw(r, "page size"), true; more; {
				var resume revenue.Key
				if len(got) > 0 {
					resume = got[len(got)-1].Key
				}
				more = false
				n := 0
				for row, err := range revenue.Rows(fromGroup(counted, resume), from, to, resume) {
					if err != nil {
						r.Fatal(err)
					}
					if more = n == size; more {
						break
					}
					got = append(got, row)
					n++
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				r.Fatalf("grouping %d, %s to %s (-counted by day +got):\n%s", grouping, from, to, diff)
			}
		}
	})
}

// fromGroup returns the figures of the key's group and the groups after it.
func fromGroup(counted iter.Seq2[revenue.Counted, error], key revenue.Key) iter.Seq2[revenue.Counted, error] {
	key.Month = 0
	return func(yield func(revenue.Counted, error) bool) {
		for one, err := range counted {
			if compareKeys(one.Key, key) > 0 && !yield(one, err) {
				return
			}
		}
	}
}
