package mutation_test

import (
	"context"
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// list is a resource that is written into.
type list struct {
	mutation.Revision
	Words []string
}

func (l list) Clone() list {
	l.Words = slices.Clone(l.Words)
	return l
}

// TestReviseComparesWithAClone writes into a slice of a resource, once with another value and once with the same.
func TestReviseComparesWithAClone(t *testing.T) {
	for word, changes := range map[string]bool{"b": true, "a": false} {
		stored, kept := list{mutation.Revision{Version: 3}, []string{"a"}}, 0
		lists := mutation.Resource[string, list, *list]{
			What: "list",
			Find: func(w *list, _ context.Context, _ string) (list, error) { return *w, nil },
			Keep: func(_ *list, _ context.Context, l *list) error {
				kept++
				l.Version++
				return nil
			},
		}
		revised, changed, err := mutation.Revise(t.Context(), &stored, lists, "x", stored.Etag(), func(_ context.Context, _ *list, l *list) error {
			l.Words[0] = word
			return nil
		})
		if err != nil || changed != changes || (kept == 1) != changes || revised.Words[0] != word || (revised.Version == 4) != changes || stored.Words[0] != "a" {
			t.Errorf("%q: got %+v, changed %v, kept %d times, error %v; stored is %v", word, revised, changed, kept, err, stored.Words)
		}
	}
}
