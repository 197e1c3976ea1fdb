package customer

import (
	"context"
	"errors"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// merged maps customers to those that they are merged into, to none for active ones.
type merged map[ID]ID

func (m merged) Customer(_ context.Context, id ID) (Customer, error) {
	into, exists := m[id]
	switch {
	case !exists:
		return Customer{}, mutation.ErrNotFound
	case into == "":
		return Customer{ID: id, Life: Life{State: Active}}, nil
	}
	return Customer{ID: id, Life: Life{State: Merged, MergedInto: into}}, nil
}

func TestStandingEndsWhereCustomersAreMergedIntoOneAnother(t *testing.T) {
	customers := merged{"A": "B", "B": "A", "C": "A", "D": "E", "E": "F", "F": "", "G": "none"}
	for id, want := range map[ID]struct {
		standing ID
		kind     error
	}{"A": {"", fault.FailedPrecondition}, "C": {"", fault.FailedPrecondition}, "D": {"F", nil}, "F": {"F", nil}, "G": {"", fault.NotFound}} {
		got, err := Standing(t.Context(), customers, id)
		if !errors.Is(err, want.kind) || err == nil && got != want.standing {
			t.Errorf("%s: got %s, error %v, want %s, %v", id, got, err, want.standing, want.kind)
		}
	}
}
