package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// contended is the id of the recurrence that changeConcurrently changes, and of its customer.
const contended = "contended"

// changeConcurrently adds a recurrence and lets several callers change it at once, each from the
// version that it has read. It returns the acknowledged versions and who made each.
func (o Opened) changeConcurrently(t *testing.T) map[recurrence.Version]string {
	t.Helper()
	const callers, attempts = 6, 8
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(w.CreateCustomer(ctx, newCustomer(contended)), w.CreateRecurrence(ctx, newRecurrence(contended, contended)))
	})
	acknowledged := make(map[recurrence.Version]string)
	var mu sync.Mutex
	var group errgroup.Group
	for caller := range callers {
		group.Go(func() error {
			for attempt := range attempts {
				mark := fmt.Sprintf("caller %d, attempt %d", caller, attempt)
				version, err := o.changeOnce(t.Context(), mark)
				switch {
				case err == nil:
					mu.Lock()
					if other, taken := acknowledged[version]; taken {
						t.Errorf("version %d was acknowledged to %s and to %s", version, other, mark)
					}
					acknowledged[version] = mark
					mu.Unlock()
				case !errors.Is(err, mutation.ErrStale) && !errors.Is(err, fault.Unavailable):
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatalf("changing concurrently: %v", err)
	}
	if len(acknowledged) == 0 {
		t.Fatal("no change was acknowledged")
	}
	return acknowledged
}

// changeOnce reads the recurrence, then writes the next version in another transaction.
func (o Opened) changeOnce(ctx context.Context, mark string) (recurrence.Version, error) {
	var found recurrence.Recurrence
	if err := o.Store.Read(ctx, ana.Tenant, func(ctx context.Context, r books.Reader) (err error) {
		found, err = r.Recurrence(ctx, key(contended, contended))
		return err
	}); err != nil {
		return 0, err
	}
	found.DisplayName = mark
	var changed recurrence.Recurrence
	err := o.Store.Write(ctx, ana, at, func(ctx context.Context, w books.Writer) error {
		changed = found
		if err := w.UpdateRecurrence(ctx, &changed); err != nil {
			return err
		}
		made := change(contended, contended, changed.Version)
		made.Actor = mark
		return w.CreateChange(ctx, made)
	})
	return changed.Version, err
}

func changesKeptOnce(t *testing.T, o Opened) {
	acknowledged := o.changeConcurrently(t)
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		history, err1 := r.Changes(ctx, changesOf(contended, contended))
		kept := make(map[recurrence.Version]string)
		for i, change := range history {
			kept[change.Version] = change.Actor
			if want := recurrence.Version(i + 2); change.Version != want {
				t.Errorf("got version %d in the history, want %d", change.Version, want)
			}
		}
		same(t, acknowledged, kept)
		last, err2 := r.Recurrence(ctx, key(contended, contended))
		same(t, acknowledged[last.Version], last.DisplayName)
		return errors.Join(err1, err2)
	})
}

func outcomesKept(t *testing.T, o Opened) {
	record := mutation.Record{Hash: [32]byte{1, 2, 3}, Outcome: json.RawMessage(`{"name":"ñandú"}`)}
	failed := errors.New("the caller gave up")
	remember := func(ctx context.Context, w books.Writer) error { return w.Remember(ctx, "key", record) }
	o.expectError(t, ana, failed, func(ctx context.Context, w books.Writer) error { return errors.Join(remember(ctx, w), failed) })
	recall := func(ctx context.Context, w books.Writer, want bool) error {
		got, ok, err := w.Recall(ctx, "key")
		if ok != want {
			t.Errorf("outcome recorded: got %t, want %t", ok, want)
		} else if ok {
			same(t, record, got)
		}
		return err
	}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(recall(ctx, w, false), remember(ctx, w), recall(ctx, w, true))
	})
	o.write(t, ana, func(ctx context.Context, w books.Writer) error { return recall(ctx, w, true) })
	if err := o.Store.Write(t.Context(), ana, at.Add(mutation.Retention), func(ctx context.Context, w books.Writer) error {
		return recall(ctx, w, false)
	}); err != nil {
		t.Error(err)
	}
	o.write(t, bea, func(ctx context.Context, w books.Writer) error { return recall(ctx, w, false) })
}
