package revenue

import (
	"cmp"
	"errors"
	"iter"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// errTooLarge is returned for a sum of minor units that does not fit in 64 bits.
var errTooLarge = errors.New("the recurring revenue is too large to be counted")

// Figures are sums of movements, in minor units.
type Figures struct {
	// New, Reactivation and Expansion are at least 0; Contraction and Churn are at most 0. Transfer
	// is what came from other groups less what went to them.
	New, Reactivation, Expansion, Contraction, Churn, Transfer int64
	// Lines is the change in the number of lines that have revenue.
	Lines int64
}

// Net returns the sum of the movements.
func (f Figures) Net() (net int64, err error) {
	for _, amount := range []int64{f.New, f.Reactivation, f.Expansion, f.Contraction, f.Churn, f.Transfer} {
		if net, err = add(net, amount); err != nil {
			return 0, err
		}
	}
	return net, nil
}

// plus returns the sum of both.
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

// Reduces reports whether adding the figures can reduce movements that were counted before.
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

// Key is a month of a group in a currency. Keys are ordered by their fields.
type Key struct {
	Currency money.Currency `json:"currency"`
	Group
	Month Month `json:"month"`
}

func (k Key) sameGroup(other Key) bool { return k.Currency == other.Currency && k.Group == other.Group }

// Cell is one counter of movements. A movement is counted once for each grouping.
type Cell struct {
	Grouping Grouping
	Key
}

// Compare returns -1, 0 or 1 if c sorts before, equal to or after other.
func (c Cell) Compare(other Cell) int {
	return cmp.Or(cmp.Compare(c.Grouping, other.Grouping), cmp.Compare(c.Currency, other.Currency), cmp.Compare(c.Item, other.Item),
		cmp.Compare(c.MasterAccount, other.MasterAccount), cmp.Compare(c.Month, other.Month))
}

// Tally holds changes of figures by cell.
type Tally map[Cell]Figures

// Move subtracts the movements of a line's former series and adds those of its new one.
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
	// ActiveLines is the number of lines that have revenue in the month.
	ActiveLines int64
}

// Counted holds the figures stored for a month of a group.
type Counted struct {
	Key
	Figures
}

// Rows returns the months of groups in a range that have revenue or movements, ordered by key.
// counted must hold all figures of the groups up to the last month, ordered by key. If resume is
// not zero, counted must begin with its group, and the rows begin after it.
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

// account tracks the revenue of a group. Its Month is the next to be returned.
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

// idle yields the months before another in which nothing moved.
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

// count adds the figures of a month.
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
