package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/background"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

const (
	// levelsAtOnce is how many subscriptions of an account change their levels in one transaction: 14 ms on SQLite, and 48 on PostgreSQL.
	levelsAtOnce = 1000
	// levelsPoll is how often a process looks for accounts that others have given another level.
	levelsPoll = 15 * time.Second
)

// presentLevels finds each value of a column with an index once, by a look for the next one, among rows that match a condition. With
// each it says whether some subscriptions of the tenant still have to follow their account.
const presentLevels = `WITH RECURSIVE present(found) AS (
	SELECT min(levels) FROM subscriptions WHERE tenant = $1 AND %[1]s
	UNION ALL
	SELECT (SELECT min(levels) FROM subscriptions WHERE tenant = $1 AND %[1]s AND levels > present.found) FROM present WHERE found IS NOT NULL
)
SELECT found, EXISTS (SELECT 1 FROM level_changes WHERE tenant = $1) FROM present WHERE found IS NOT NULL LIMIT %[2]d`

// Levels returns which privacy levels subscriptions and their accounts have together.
func (r *reader) Levels(ctx context.Context, of listing.Condition, limit int) (levels []string, exact bool, err error) {
	where, args, err := r.tx.Where(normal(of), subscriptionColumns, string(r.tenant))
	if err != nil {
		return nil, false, fmt.Errorf("asking for the privacy levels of subscriptions: %w", err)
	}
	return levelsWhere(ctx, r.tx, where, limit, args...)
}

// levelsWhere returns the levels of the subscriptions that match a condition in SQL. The tenant is the first argument.
func levelsWhere(ctx context.Context, tx *database.Tx, where string, limit int, args ...any) (levels []string, exact bool, err error) {
	exact = true
	levels, err = database.Select(ctx, tx, "combination of privacy levels", func(row database.Row) (levels string, err error) {
		var changing bool
		err = row.Scan(&levels, &changing)
		exact = exact && !changing
		return levels, err
	}, fmt.Sprintf(presentLevels, where, limit), args...)
	return levels, exact, err
}

// keepLevels stores how the privacy level of an account hides its subscriptions, if it differs from what the transaction has read. If there are more
// than levelsAtOnce, LevelChanges does that.
func (w *writer) keepLevels(ctx context.Context, of resource.Resource) error {
	kept, ok := of.(*account.Account)
	if !ok {
		return nil
	}
	before, known := w.levels[kept.ID]
	if (known || kept.Version == 1) && before == kept.PrivacyLevel {
		return nil
	}
	w.levels[kept.ID] = kept.PrivacyLevel
	count, err := w.rows.CountSomeOfAccount(ctx, rows.CountSomeOfAccountParams{Tenant: string(w.tenant), Account: string(kept.ID), Most: levelsAtOnce + 1})
	switch {
	case err != nil:
	case count > levelsAtOnce:
		err = w.rows.CreateLevelChange(ctx, string(w.tenant), string(kept.ID))
	case count > 0:
		err = w.rows.UpdateLevelsOfAccount(ctx, rows.UpdateLevelsOfAccountParams{
			Tenant: string(w.tenant), Account: string(kept.ID), PrivacyLevel: plain(string(kept.PrivacyLevel)),
		})
	}
	if err != nil {
		return &writeError{of, err}
	}
	return nil
}

// LevelChanges changes the levels of the subscriptions of accounts that have many and got another privacy level, of all tenants.
// The accounts take turns, one portion each, so that one whose portions fail, or that changes again and again, keeps no other waiting. It is safe for
// concurrent use.
type LevelChanges struct {
	db *database.DB
	mu sync.Mutex
	// last is the account that had the last turn.
	last levelChange
}

// levelChange is an account whose subscriptions have to follow it. They are in order of tenant and id.
type levelChange struct {
	tenant auth.Tenant
	id     account.ID
}

// Run works until ctx ends. Every replica has one; what one leaves is done by another.
func (c *LevelChanges) Run(ctx context.Context, logger *slog.Logger) {
	news := make(chan struct{}, 1)
	defer c.db.Follow(news, database.Subject{Type: resource.KindAccount.Type()})()
	background.Repeat(ctx, logger, "changing what hides the subscriptions of an account failed and will be retried", news,
		func(ctx context.Context, _ bool) (time.Duration, error) {
			worked, err := c.Work(ctx)
			if worked || err != nil {
				return 0, err
			}
			return levelsPoll, nil
		})
}

// Work changes the levels of at most levelsAtOnce subscriptions of the account whose turn it is, and reports whether there was anything to do.
// After an error it is the turn of the next account.
func (c *LevelChanges) Work(ctx context.Context) (worked bool, err error) {
	turn, found, err := c.next(ctx)
	if err != nil || !found {
		return false, err
	}
	return true, c.db.Write(database.ByIndex(ctx), func(ctx context.Context, tx *database.Tx) error { return followAccount(ctx, tx, turn.tenant, turn.id) })
}

// next returns the account whose turn it is: the first one after that of the last turn, or else the first of all.
func (c *LevelChanges) next(ctx context.Context) (turn levelChange, found bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		if turn, found, err = changeAfter(ctx, tx, c.last); err == nil && !found {
			turn, found, err = changeAfter(ctx, tx, levelChange{})
		}
		return err
	})
	if err != nil {
		return levelChange{}, false, fmt.Errorf("looking for accounts with another privacy level: %w", err)
	}
	c.last = turn
	return turn, found, nil
}

// changeAfter returns the first account after another one whose subscriptions have to follow it. All come after the empty one.
func changeAfter(ctx context.Context, tx *database.Tx, last levelChange) (first levelChange, found bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT tenant, account FROM level_changes WHERE (tenant, account) > ($1, $2) ORDER BY tenant, account LIMIT 1`,
		string(last.tenant), string(last.id)).Scan(&first.tenant, &first.id)
	if errors.Is(err, sql.ErrNoRows) {
		return levelChange{}, false, nil
	}
	return first, err == nil, err
}

// followAccount changes the levels of at most levelsAtOnce subscriptions to what the account says now, and notes if none are left.
func followAccount(ctx context.Context, tx *database.Tx, tenant auth.Tenant, id account.ID) error {
	queries := rows.New(tx)
	level, err := queries.PrivacyLevelOfAccount(ctx, string(tenant), string(id))
	if err != nil {
		return fmt.Errorf("reading the privacy level of account %s: %w", id, err)
	}
	present, _, err := levelsWhere(ctx, tx, "account = $2", math.MaxInt32, string(tenant), string(id))
	if err != nil {
		return err
	}
	room := int64(levelsAtOnce)
	for _, levels := range present {
		if strings.HasSuffix(levels, "/"+level) {
			continue
		}
		changed, err := queries.UpdateSomeLevels(ctx, rows.UpdateSomeLevelsParams{
			Tenant: string(tenant), Account: plain(string(id)), Levels: levels, PrivacyLevel: plain(level), Most: room,
		})
		if err != nil {
			return fmt.Errorf("changing what hides the subscriptions of account %s: %w", id, err)
		}
		if room -= changed; room <= 0 {
			return nil
		}
	}
	if err := queries.DeleteLevelChange(ctx, string(tenant), string(id)); err != nil {
		return fmt.Errorf("ending the change of the privacy level of account %s: %w", id, err)
	}
	return nil
}
