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
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// queue implements subscription.Queue.
type queue struct {
	*transactions[subscription.Reader, subscription.Writer]
}

// dueActions are the actions that are due, the earliest of each subscription, so that one is done after the other even if
// several replicas work.
const dueActions = `SELECT a.tenant, a.document FROM subscription_actions AS a WHERE a.due <= $1 AND NOT EXISTS (
	SELECT 1 FROM subscription_actions AS e
	WHERE e.tenant = a.tenant AND e.subscription = a.subscription AND (e.due, e.id) < (a.due, a.id))
	ORDER BY a.due, a.tenant, a.id LIMIT $2`

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
func (q *queue) Claim(ctx context.Context, at time.Time, limit int, do func(context.Context, subscription.Writer, subscription.Action) error) (claimed int, err error) {
	err = q.DB.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		due, err := readDue(ctx, tx, at, limit)
		if err != nil {
			return err
		}
		claimed = len(due)
		writers := map[auth.Principal]subscription.Writer{}
		for _, one := range due {
			by := auth.Principal{Tenant: one.tenant, Actor: one.action.Submitter}
			if writers[by] == nil {
				writers[by] = q.On(tx, by, at)
			}
			if err := do(ctx, writers[by], one.action); err != nil {
				return err
			}
		}
		return nil
	})
	return claimed, taken(err)
}

// dueAction is a scheduled action with its tenant.
type dueAction struct {
	tenant auth.Tenant
	action subscription.Action
}

func readDue(ctx context.Context, tx *database.Tx, at time.Time, limit int) (due []dueAction, err error) {
	query := dueActions
	if tx.Engine == database.PostgreSQL {
		query += " FOR UPDATE OF a SKIP LOCKED"
	}
	found, err := tx.QueryContext(ctx, query, at.UnixMicro(), limit)
	if err != nil {
		return nil, fmt.Errorf("reading the actions that are due: %w", err)
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		var one dueAction
		var text string
		if err := found.Scan(&one.tenant, &text); err != nil {
			return nil, fmt.Errorf("reading the actions that are due: %w", err)
		}
		if err := readDocument(text, resource.KindAction.Type(), &one.action); err != nil {
			return nil, err
		}
		due = append(due, one)
	}
	return due, found.Err()
}

// Follow tells of commits that concern actions.
func (q *queue) Follow() (news <-chan struct{}, leave func()) {
	wake := make(chan struct{}, 1)
	return wake, q.DB.Follow(wake, database.Subject{Type: resource.KindAction.Type()})
}
