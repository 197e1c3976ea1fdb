package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// queue implements subscription.Queue.
type queue struct {
	*transactions[subscription.Reader, subscription.Writer]
}

// dueActions are the actions that are due, the earliest of each subscription, so that one is done after the other even if
// several replicas work. The one that an action waits for may be tried again later than its own time.
const dueActions = `SELECT a.tenant, a.id, a.document FROM subscription_actions AS a WHERE a.due <= $1 AND NOT EXISTS (
	SELECT 1 FROM subscription_actions AS e
	WHERE e.tenant = a.tenant AND e.subscription = a.subscription AND e.due IS NOT NULL AND (e.scheduled, e.id) < (a.scheduled, a.id))
	ORDER BY a.due, a.tenant, a.id LIMIT $2`

// unreadableRest is how long an action rests whose row cannot be read.
const unreadableRest = time.Hour

// Due returns when the next action is due.
func (q *queue) Due(ctx context.Context) (next time.Time, err error) {
	err = q.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		var due sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT due FROM subscription_actions WHERE due IS NOT NULL ORDER BY due LIMIT 1`).Scan(&due)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		next = store.Instant(due.Int64)
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for scheduled actions: %w", err)
	}
	return next, nil
}

// Claim runs do for actions that are due. On PostgreSQL it locks them, and skips those that others have locked.
func (q *queue) Claim(ctx context.Context, at time.Time, limit int, do func(context.Context, subscription.DueWriter, subscription.Action) error) (claimed int, err error) {
	var unreadable error
	err = q.DB.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		due, err := readDue(ctx, tx, at, limit)
		if err != nil {
			return err
		}
		claimed = len(due)
		due, unreadable, err = setUnreadableAside(ctx, tx, due, at)
		if err != nil {
			return err
		}
		work := newBatch(tx)
		if err := work.readAhead(ctx, due); err != nil {
			return err
		}
		return work.end(ctx, q.doAll(ctx, work, due, at, do))
	})
	if err == nil {
		return claimed, unreadable
	}
	return claimed, taken(err)
}

func (q *queue) doAll(ctx context.Context, work *batch, due []dueAction, at time.Time, do func(context.Context, subscription.DueWriter, subscription.Action) error) error {
	writers := map[auth.Principal]subscription.DueWriter{}
	for _, one := range due {
		by := auth.Principal{Tenant: one.tenant, Actor: one.action.Submitter}
		if writers[by] == nil {
			joined, ok := q.On(work.tx, by, at).(*writer)
			if !ok {
				return errors.New("the writer of the store cannot join a batch")
			}
			work.join(joined)
			writers[by] = joined
		}
		if err := do(ctx, writers[by], one.action); err != nil {
			return err
		}
	}
	return nil
}

// dueAction is a scheduled action with its tenant. err is why its row cannot be read.
type dueAction struct {
	tenant auth.Tenant
	id     string
	action subscription.Action
	err    error
}

func readDue(ctx context.Context, tx *database.Tx, at time.Time, limit int) ([]dueAction, error) {
	query := dueActions
	if tx.Engine == database.PostgreSQL {
		query += " FOR UPDATE OF a SKIP LOCKED"
	}
	return database.Select(ctx, tx, "action that is due", func(row database.Row) (one dueAction, err error) {
		var text string
		if err := row.Scan(&one.tenant, &one.id, &text); err != nil {
			return one, err
		}
		one.err = readDocument(text, resource.KindAction.Type(), &one.action)
		return one, nil
	}, query, at.UnixMicro(), limit)
}

// setUnreadableAside lets actions whose rows cannot be read rest, and returns the others. The error for those is to be told once
// the transaction is committed.
func setUnreadableAside(ctx context.Context, tx *database.Tx, due []dueAction, at time.Time) (readable []dueAction, unreadable, err error) {
	for _, one := range due {
		if one.err == nil {
			readable = append(readable, one)
			continue
		}
		unreadable = errors.Join(unreadable, fmt.Errorf("%w: %s of tenant %s: %w", subscription.ErrUnreadable, one.id, one.tenant, one.err))
		if err := rows.New(tx).DelayAction(ctx, rows.DelayActionParams{
			Tenant: string(one.tenant), ID: one.id, Due: instant(at.Add(unreadableRest)),
		}); err != nil {
			return nil, nil, fmt.Errorf("delaying action %s: %w", one.id, err)
		}
	}
	return readable, unreadable, nil
}

// Follow tells of commits that concern actions.
func (q *queue) Follow() (news <-chan struct{}, leave func()) {
	wake := make(chan struct{}, 1)
	return wake, q.DB.Follow(wake, database.Subject{Type: resource.KindAction.Type()})
}
