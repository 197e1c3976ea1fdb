package recurrence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// shelf lists recurrences of one customer, in parts, and counts those that were read.
type shelf struct {
	customer.Lister
	all  []Recurrence
	read int
}

func (s *shelf) Recurrences(_ context.Context, query listing.Query) ([]Recurrence, error) {
	begin := 0
	if query.After != nil {
		begin = 1 + slices.IndexFunc(s.all, func(r Recurrence) bool { return string(r.ID) == query.After[1] })
	}
	part := s.all[begin:min(begin+query.Limit, len(s.all))]
	s.read += len(part)
	return part, nil
}

// What is read at once is bounded, in recurrences and in services, before all of them are in memory.
func TestListedRecurrencesAreBounded(t *testing.T) {
	for _, c := range []struct {
		recurrences, services int
		ok                    bool
		mostRead              int
	}{
		{0, 0, true, 0}, {50, 1, true, 50}, {1000, 100, true, 1000}, {1001, 0, false, 1001}, {1000, 101, false, 1000}, {1000, 10_000, false, 50},
	} {
		s := &shelf{}
		for i := range c.recurrences {
			s.all = append(s.all, Recurrence{Customer: "C", ID: ID(fmt.Sprintf("%04d", i)), Services: make([]ContractedService, c.services)})
		}
		found, err := InForce(t.Context(), s, customer.Customer{ID: "C"})
		if c.ok != (err == nil) || err != nil && !errors.Is(err, fault.FailedPrecondition) || c.ok && len(found) != c.recurrences || s.read > c.mostRead {
			t.Errorf("%d with %d services: got %d of %d read, error %v", c.recurrences, c.services, len(found), s.read, err)
		}
	}
}
