package books_test

import (
	"context"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
)

// streaming is a store of which only Stream can be called.
type streaming struct {
	books.Store
	streams int
}

func (s *streaming) Stream(context.Context, auth.Tenant, func(context.Context, books.Reader) error) error {
	s.streams++
	return nil
}

// An export sends while it reads, which only what Stream reads is for: it is durable.
func TestExportStreams(t *testing.T) {
	store := &streaming{}
	if err := books.NewService(store, clock.System{}).Export(t.Context(), "t", nil); err != nil || store.streams != 1 {
		t.Errorf("got %d calls of Stream, want 1; error %v", store.streams, err)
	}
}
