package turns_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/continuo-billing/continuo/services/platform/turns"
)

// TestTenantsAndTheirKeysTakeTurns queues several holders behind one place, and checks in which order
// they get it.
func TestTenantsAndTheirKeysTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := turns.New(1, 1)
		first, err := places.Take(t.Context(), turns.Holder{Tenant: "a", Key: "1"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, who := range []string{"a1", "a1", "a1", "a2", "b1", "b1", "c1"} {
			go func() {
				done, err := places.Take(t.Context(), turns.Holder{Tenant: who[:1], Key: who[1:]})
				if err != nil {
					t.Error(err)
					return
				}
				got = append(got, who)
				done()
			}()
			synctest.Wait()
		}
		first()
		synctest.Wait()
		if want := "a1 b1 c1 a2 b1 a1 a1"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

// TestATenantLeavesPlacesToOthers checks the bound of a tenant, and that one who leaves the queue
// takes no place.
func TestATenantLeavesPlacesToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := turns.New(2, 1)
		take := func(ctx context.Context, tenant string) func() {
			t.Helper()
			done, err := places.Take(ctx, turns.Holder{Tenant: tenant})
			if err != nil {
				t.Fatal(err)
			}
			return done
		}
		first := take(t.Context(), "a")
		impatient, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := places.Take(impatient, turns.Holder{Tenant: "a"})
			left <- err
		}()
		synctest.Wait()
		take(t.Context(), "b")()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("one who leaves: got %v", err)
		}
		first()
		take(t.Context(), "a")()
	})
}
