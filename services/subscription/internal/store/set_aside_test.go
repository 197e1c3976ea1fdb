package store_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// setsAside executes three actions at once, of which the subscription of one and the row of another cannot be read. The third
// is executed, and so are the others once they can be read.
func (l *life) setsAside(t *testing.T, db *database.DB) {
	l.clock.Set(noon)
	kept := map[string]string{}
	for _, id := range []string{"fails", "garbled", "works"} {
		l.draft(t, id)
		for n, by := range []lifecycle.Operation{lifecycle.Activate, lifecycle.Deactivate} {
			later := order(id, by)
			later.Details.Scheduled = noon.AddDate(0, 0, 1).Add(time.Duration(n) * time.Second)
			kept[id+string(by)] = string(l.act(t, later).ID)
		}
	}
	change := func(statement string, args ...any) {
		t.Helper()
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, statement, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	garbled := kept["garbled"+string(lifecycle.Activate)]
	change(`UPDATE subscriptions SET document = '?' || document WHERE id = $1`, "fails")
	change(`UPDATE subscription_actions SET document = '?' || document WHERE id = $1`, garbled)
	at := noon.AddDate(0, 0, 1).Add(time.Minute)
	l.jump(t, at)
	l.expect(t, "works", subscription.NotEffective)
	failed := l.action(t, kept["fails"+string(lifecycle.Activate)])
	if f := failed.Failure; failed.State != subscription.ActionScheduled || f == nil || f.Attempts != 1 || f.Reason != reason.InternalError || !f.Retry.Equal(at.Add(time.Minute)) {
		t.Errorf("after the first attempt: got %s, failure %+v", failed.State, f)
	}
	if second := l.action(t, kept["fails"+string(lifecycle.Deactivate)]); second.State != subscription.ActionScheduled || second.Failure != nil {
		t.Errorf("the next action of the subscription: got %s, failure %+v, want it to wait", second.State, second.Failure)
	}
	l.jump(t, at.Add(time.Minute))
	if f := l.action(t, string(failed.ID)).Failure; f == nil || f.Attempts != 2 || !f.Retry.Equal(at.Add(3*time.Minute)) {
		t.Errorf("after the second attempt: got failure %+v", f)
	}
	change(`UPDATE subscriptions SET document = substr(document, 2) WHERE id = $1`, "fails")
	change(`UPDATE subscription_actions SET document = substr(document, 2) WHERE id = $1`, garbled)
	l.jump(t, at.Add(2*time.Hour))
	for _, id := range []string{"fails", "garbled"} {
		l.expect(t, id, subscription.NotEffective)
		if got, want := l.actionsOf(t, id), []string{"ACTIVATE_SUBSCRIPTION EXECUTED", "DEACTIVATE_SUBSCRIPTION EXECUTED"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", id, got, want)
		}
	}
}

func (l *life) action(t *testing.T, id string) subscription.Action {
	t.Helper()
	found, err := l.service.Action(l.ctx, subscription.ActionID(id))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
