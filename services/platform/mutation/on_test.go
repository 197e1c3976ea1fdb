package mutation_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// named notes what the mutations of a store are about.
type named struct {
	*memory
	about []string
}

func (n *named) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, writer) error) error {
	name, _ := mutation.About(ctx)
	n.about = append(n.about, name)
	return n.memory.Write(ctx, by, at, do)
}

// TestStoresLearnWhatAMutationIsAbout creates a resource, which is not there yet, and changes it.
func TestStoresLearnWhatAMutationIsAbout(t *testing.T) {
	s := newService()
	store := &named{memory: s.memory}
	s.Store = store
	_, err := s.create(ann, thing{ID: "x"})
	_, changeErr := s.say(ann, "x", "", "a")
	if err := errors.Join(err, changeErr); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%q", store.about); got != `["" "thing x"]` {
		t.Errorf("got %s", got)
	}
}
