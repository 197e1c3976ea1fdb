package admission

import (
	"sync"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Refused is told of each refusal: what was asked for (connections, requests, calls, streams, probes,
// body bytes, sign-ins, passwords) and which bound refused it (total, fair share, tenant, key, source). Set
// it before the first server starts.
var Refused = func(what, why string) {}

// Sheds reports whether a reason says that a request was refused because there are too many, rather than
// because of what it asks. Logs count such requests, as there may be any number of them.
func Sheds(why reason.Reason) bool { return why == reason.RateLimited || why == reason.Overloaded }

// holder is the kind of who has a share of a budget.
type holder uint8

const (
	byTenant holder = iota
	byKey
	bySource
)

// String returns the word for it in messages.
func (h holder) String() string { return [...]string{"tenant", "key", "source"}[h] }

// maxShares is the largest number of shares that a request has of a budget.
const maxShares = 2

// share bounds what one holder has of a budget. A holder without a name has no bound.
type share struct {
	kind holder
	name string
	most int64
}

// id identifies a holder.
type id struct {
	kind holder
	name string
}

func (s share) id() id { return id{s.kind, s.name} }

// budget is a bounded quantity that callers hold parts of.
type budget struct {
	what string
	most int64

	mu   sync.Mutex
	held int64
	by   map[id]int64
	// sharers is the number of holders that are the first share of a request.
	sharers int64
}

func newBudget(what string, most int64) *budget {
	return &budget{what: what, most: most, by: map[id]int64{}}
}

// take takes one, or returns a fault if the budget or one of the shares has none left. release returns
// it.
func (b *budget) take(shares ...share) (release func(), err error) {
	if err := b.reserve(1, shares...); err != nil {
		return nil, err
	}
	return func() { b.release(1, shares...) }, nil
}

// takeShare is like take for one share, without memory for a list of shares.
func (b *budget) takeShare(of share) (release func(), err error) {
	if err := b.reserve(1, of); err != nil {
		return nil, err
	}
	return func() { b.release(1, of) }, nil
}

func (b *budget) reserve(amount int64, shares ...share) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held+amount > b.most {
		Refused(b.what, "total")
		return fault.New(fault.Unavailable, reason.Overloaded, "this server is busy; try again in a second")
	}
	var has [maxShares]int64
	for i, of := range shares {
		has[i] = b.by[of.id()]
		switch {
		case of.name == "":
		case has[i]+amount > of.most:
			return b.beyond(of.kind.String(), of)
		case i == 0 && b.unfair(has[i], amount):
			return b.beyond("fair share", of)
		}
	}
	b.held += amount
	for i, of := range shares {
		if i == 0 && has[i] == 0 {
			b.sharers++
		}
		b.by[of.id()] = has[i] + amount
	}
	return nil
}

// unfair reports whether a holder would have more than an equal share of a budget of which little is
// left.
func (b *budget) unfair(has, amount int64) bool {
	sharers := b.sharers
	if has == 0 {
		sharers++
	}
	return sharers > 1 && b.held+amount > b.most-b.most/4 && has+amount > max(b.most/sharers, amount)
}

// beyond returns the fault for a holder who has its share.
func (b *budget) beyond(why string, of share) error {
	Refused(b.what, why)
	return fault.New(fault.ResourceExhausted, reason.RateLimited,
		"your %s has as many %s at once as it may; end some, or try again in a second", of.kind, b.what)
}

func (b *budget) release(amount int64, shares ...share) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= amount
	for i, of := range shares {
		if left := b.by[of.id()] - amount; left > 0 {
			b.by[of.id()] = left
			continue
		}
		delete(b.by, of.id())
		if i == 0 {
			b.sharers--
		}
	}
}
