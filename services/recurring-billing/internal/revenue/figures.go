package revenue

import (
	"cmp"
	"errors"
	"iter"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// errTooLarge is a sum that 64 bits of minor units do not hold.
var errTooLarge = errors.New("the recurring revenue is too large to be counted")

// Figures are sums of movements, in minor units.
type Figures struct {
	// New, Reactivation and Expansion are not negative, Contraction and Churn not positive. Transfer is what came from other
	// groups less what went to them.
	New, Reactivation, Expansion, Contraction, Churn, Transfer int64
	// Lines is how many more lines have revenue than the month before.
	Lines int64
}

// Net is by how much the figures move the revenue.
func (f Figures) Net() (net int64, err error) {
	for _, amount := range []int64{f.New, f.Reactivation, f.Expansion, f.Contraction, f.Churn, f.Transfer} {
		if net, err = add(net, amount); err != nil {
			return 0, err
		}
	}
	return net, nil
}

// plus is both together.
func (f Figures) plus(other Figures) (Figures, error) {
	for _, sum := range [...]struct {
		of   *int64
		with int64
	}{
		{&f.New, other.New}, {&f.Reactivation, other.Reactivation}, {&f.Expansion, other.Expansion},
		{&f.Contraction, other.Contraction}, {&f.Churn, other.Churn}, {&f.Transfer, other.Transfer}, {&f.Lines, other.Lines},
	} {
		var err error
		if *sum.of, err = add(*sum.of, sum.with); err != nil {
			return Figures{}, err
		}
	}
	return f, nil
}

// Reduces reports whether adding the figures can take movements back that were counted before.
func (f Figures) Reduces() bool {
	return f.New < 0 || f.Reactivation < 0 || f.Expansion < 0 || f.Contraction > 0 || f.Churn > 0 || f.Transfer != 0
}

func (f Figures) negated() Figures {
	return Figures{-f.New, -f.Reactivation, -f.Expansion, -f.Contraction, -f.Churn, -f.Transfer, -f.Lines}
}

func add(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, errTooLarge
	}
	return sum, nil
}

// Key is a month of a group in a currency. Keys are in the order of their fields.
type Key struct {
	Currency money.Currency `json:"currency"`
	Group
	Month Month `json:"month"`
}

func (k Key) sameGroup(other Key) bool { return k.Currency == other.Currency && k.Group == other.Group }

// Cell is what the movements of a month are counted in: each is counted once for every grouping.
type Cell struct {
	Grouping Grouping
	Key
}

// Compare is -1, 0 or 1 as c stands before, at or after other.
func (c Cell) Compare(other Cell) int {
	return cmp.Or(cmp.Compare(c.Grouping, other.Grouping), cmp.Compare(c.Currency, other.Currency), cmp.Compare(c.Item, other.Item),
		cmp.Compare(c.MasterAccount, other.MasterAccount), cmp.Compare(c.Month, other.Month))
}

// Tally is by how much figures change.
type Tally map[Cell]Figures

// Move takes the movements of a line's former series out and counts those of its new one.
func (t Tally) Move(from, to Series) error {
	if err := t.count(from, Figures.negated); err != nil {
		return err
	}
	return t.count(to, func(f Figures) Figures { return f })
}

func (t Tally) count(s Series, as func(Figures) Figures) (err error) {
	for placement, figures := range s.Movements() {
		for _, grouping := range groupings {
			cell := Cell{grouping, Key{s.Currency, grouping.of(placement.Group), placement.From}}
			if t[cell], err = t[cell].plus(as(figures)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Row is a month of a group: how its revenue came about.
type Row struct {
	Key
	// Opening is the revenue of the month before, Closing that of the month.
	Opening int64
	Figures
	Closing int64
	// ActiveLines is how many lines have revenue in the month.
	ActiveLines int64
}

// Counted is what was counted in a month of a group.
type Counted struct {
	Key
	Figures
}

// Rows returns the months of groups, from one month to another, that have revenue or movements, in the order of their keys.
// They come from all that was counted of the groups up to the last month, in the order of its keys. Where resume is a row
// that was given before, counted begins with its group, and the rows with the one after it.
func Rows(counted iter.Seq2[Counted, error], from, to Month, resume Key) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var account account
		for one, err := range counted {
			if err != nil {
				yield(Row{}, err)
				return
			}
			if !one.sameGroup(account.Key) {
				if !account.idle(to+1, yield) {
					return
				}
				account = open(one.Key, from, resume)
			}
			if !account.idle(one.Month, yield) {
				return
			}
			row, err := account.count(one)
			if err != nil {
				yield(Row{}, err)
				return
			}
			if account.Month > one.Month {
				continue
			}
			account.Month++
			if (one.Figures != (Figures{}) || row.Opening != 0) && !yield(row, nil) {
				return
			}
		}
		account.idle(to+1, yield)
	}
}

// account follows the revenue of a group. Its Month is the next to be shown.
type account struct {
	Key
	revenue, lines int64
}

// open returns the account of a key's group before anything was counted.
func open(key Key, from Month, resume Key) account {
	key.Month = from
	if key.sameGroup(resume) {
		key.Month = max(from, resume.Month+1)
	}
	return account{Key: key}
}

// idle shows the months before another in which nothing moved.
func (a *account) idle(before Month, yield func(Row, error) bool) bool {
	for ; a.Month < before; a.Month++ {
		if a.revenue == 0 {
			a.Month = max(a.Month, before)
			return true
		}
		if !yield(Row{Key: a.Key, Opening: a.revenue, Closing: a.revenue, ActiveLines: a.lines}, nil) {
			return false
		}
	}
	return true
}

// count takes what was counted in a month in.
func (a *account) count(one Counted) (Row, error) {
	net, err := one.Net()
	if err != nil {
		return Row{}, err
	}
	row := Row{Key: one.Key, Opening: a.revenue, Figures: one.Figures}
	if a.revenue, err = add(a.revenue, net); err != nil {
		return Row{}, err
	}
	a.lines += one.Lines
	row.Closing, row.ActiveLines = a.revenue, a.lines
	return row, nil
}
