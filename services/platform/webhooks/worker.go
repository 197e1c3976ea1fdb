package webhooks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/platform/webhooks/internal/rows"
)

const (
	// Number of endpoints served in parallel, and how long each is served before others get a turn.
	parallelEndpoints = 16
	maxTurn           = 10 * time.Second
	// Commits of this process about tenants with endpoints wake the worker, at most once per minPause. Commits of
	// other replicas and due retries are found by polling, and while nobody has an endpoint nothing is. Endpoints
	// that other replicas create are found by endpointPoll.
	minPause      = 20 * time.Millisecond
	pollInterval  = 250 * time.Millisecond
	endpointPoll  = 5 * time.Second
	pauseOnError  = 2 * time.Second
	batch         = 50
	sweepInterval = time.Hour
)

// Worker sends the changes of a store to its endpoints. Any number of workers, in one process or
// several, share the work.
type Worker struct {
	config Config
	sender *sender
	store  *store.Store[reader, writer]
	tokens changes.Tokens
}

// NewWorker returns a worker for a store.
func NewWorker(config Config) *Worker {
	return &Worker{config: config, sender: newSender(config, deliveryTimeout), store: newStore(config.DB), tokens: changes.NewTokens(config.DB)}
}

// Run sends changes until ctx ends and then finishes attempts in progress. Errors of the store are
// logged and the work is retried.
func (w *Worker) Run(ctx context.Context) {
	var turns sync.WaitGroup
	defer w.sender.client.CloseIdleConnections()
	defer turns.Wait()
	audience := newAudience(w.config.DB)
	defer audience.end()
	endpoints := time.NewTicker(endpointPoll)
	defer endpoints.Stop()
	free := make(chan struct{}, parallelEndpoints)
	var swept time.Time
	for stale := true; ; {
		pause := minPause
		var err error
		if stale {
			err = audience.read(ctx)
			stale = err != nil
		}
		if err == nil && !audience.isEmpty() {
			err = w.start(ctx, free, &turns, audience.turned)
		}
		if now := w.config.Clock.Now(); err == nil && now.Sub(swept).Abs() >= sweepInterval {
			swept, err = now, w.sweep(ctx, now)
		}
		if err != nil && ctx.Err() == nil {
			w.config.Logger.WarnContext(ctx, "sending webhooks failed and will be retried", "error", err)
			pause = pauseOnError
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		var poll <-chan time.Time
		if err != nil || !audience.isEmpty() {
			poll = time.After(pollInterval)
		}
		select {
		case <-ctx.Done():
			return
		case <-audience.wake:
		case <-audience.endpoints:
			stale = true
		case <-endpoints.C:
			stale = true
		case <-poll:
		}
	}
}

// start begins a turn for waiting endpoints while places are free, and calls turned after each.
func (w *Worker) start(ctx context.Context, taken chan struct{}, turns *sync.WaitGroup, turned func()) error {
	room := cap(taken) - len(taken)
	if room == 0 {
		return nil
	}
	var found []key
	if err := w.config.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		found, err = waiting(ctx, tx, w.config.Clock.Now(), room)
		return err
	}); err != nil {
		return err
	}
	for _, one := range found {
		held, err := claim(ctx, w.store, one, w.config.Clock.Now())
		if err != nil {
			return err
		}
		if held == nil {
			continue
		}
		taken <- struct{}{}
		turns.Go(func() {
			defer turned()
			defer func() { <-taken }()
			w.turn(ctx, held)
		})
	}
	return nil
}

// turn sends the waiting changes of an endpoint until none is left, one fails, or the turn has
// lasted long enough.
func (w *Worker) turn(ctx context.Context, held *lease) {
	// An attempt that has begun is finished and recorded; its duration is limited.
	finish := context.WithoutCancel(ctx)
	begun := w.config.Clock.Now()
	err := w.send(ctx, finish, held, begun.Add(maxTurn))
	if err != nil && !errors.Is(err, errSuperseded) && ctx.Err() == nil {
		w.config.Logger.ErrorContext(ctx, "sending to a webhook endpoint failed internally and will be retried",
			"tenant", held.tenant, "webhook_endpoint", held.name(), "error", err)
		now := w.config.Clock.Now()
		err = held.move(finish, now, step{to: held.cursor, attempts: held.attempts, nextAttempt: now.Add(firstWait), lastError: "the service failed to send it"})
	}
	// If this cannot be written, the lease expires by itself.
	if err := errors.Join(err, held.release(finish, w.config.Clock.Now())); err != nil && !errors.Is(err, errSuperseded) && ctx.Err() == nil {
		w.config.Logger.WarnContext(ctx, "releasing the lease of a webhook endpoint failed; it will expire", "webhook_endpoint", held.name(), "error", err)
	}
}

func (w *Worker) send(ctx, finish context.Context, held *lease, until time.Time) error {
	for {
		found, err := w.pending(ctx, held)
		if err != nil {
			return err
		}
		for _, one := range found.events {
			now := w.config.Clock.Now()
			if stopped(ctx) || now.After(until) || !held.covers(now) {
				return nil
			}
			if settled, err := w.deliver(finish, held, one); err != nil || !settled {
				return err
			}
		}
		if held.cursor.Compare(found.through) < 0 {
			if err := held.move(finish, w.config.Clock.Now(), step{to: found.through}); err != nil {
				return err
			}
		}
		if !found.more || stopped(ctx) {
			return nil
		}
	}
}

func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// event is a change to send to an endpoint.
type event struct {
	change   *changesv1.Change
	position feed.Position
	// settles is the cursor after the event has been handled: before the endpoint's next event.
	settles feed.Position
}

// stretch is a range of the feed with the events for one endpoint.
type stretch struct {
	events []event
	// through is the end of the range; more reports whether the feed continues.
	through feed.Position
	more    bool
}

// pending returns the next range of the feed after an endpoint's cursor.
func (w *Worker) pending(ctx context.Context, held *lease) (found stretch, err error) {
	// Read the end before the list, so that the list contains everything up to it.
	var floor feed.Position
	if err := w.config.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		if found.through, err = feed.End(ctx, tx); err != nil {
			return err
		}
		floor, err = feed.Floor(ctx, tx)
		return err
	}); err != nil {
		return stretch{}, err
	}
	if held.cursor != (feed.Position{}) && held.cursor.Compare(floor) < 0 {
		w.config.Logger.WarnContext(ctx, "changes were removed before they could be sent to a webhook endpoint",
			"tenant", held.tenant, "webhook_endpoint", held.name(), "last_error", held.lastError)
	}
	from := held.cursor
	if from.Compare(floor) < 0 {
		from = floor
	}
	after, err := w.tokens.Seal(ctx, held.tenant, from)
	if err != nil {
		return stretch{}, err
	}
	response, err := w.config.Feed.ListChanges(auth.With(ctx, auth.Principal{Tenant: held.tenant, Actor: actor}),
		&changesv1.ListChangesRequest{ResourceTypes: held.ResourceTypes, PageSize: batch, After: after})
	if err != nil {
		return stretch{}, fmt.Errorf("reading the changes for %s: %w", held.name(), err)
	}
	last := held.cursor
	for _, change := range response.GetChanges() {
		if err := w.tokens.Open(ctx, held.tenant, change.GetToken(), &last); err != nil {
			return stretch{}, fmt.Errorf("reading the changes for %s: %w", held.name(), err)
		}
		if held.wants(change) {
			found.events = append(found.events, event{change: change, position: last, settles: last})
		}
	}
	if found.more = response.GetNextPageToken() != ""; found.more || found.through.Compare(last) < 0 {
		found.through = last
	}
	if n := len(found.events); n > 0 {
		found.events[n-1].settles = found.through
	}
	return found, nil
}

// deliver sends one event and records the result. settled reports whether the next event may
// follow.
func (w *Worker) deliver(ctx context.Context, held *lease, one event) (settled bool, err error) {
	body, err := payload(one.change)
	if err != nil {
		return false, err
	}
	message := messageID(held.ID, one.position)
	sent, err := w.sender.send(ctx, held.stored, message, body)
	if err != nil {
		return false, err
	}
	now := w.config.Clock.Now()
	attempts := held.attempts + 1
	switch {
	case sent.delivered():
		return true, held.move(ctx, now, step{to: one.settles, delivered: now})
	case sent.status == http.StatusGone:
		w.config.Logger.WarnContext(ctx, "a webhook endpoint responded with 410 and was disabled", "tenant", held.tenant, "webhook_endpoint", held.name())
		return false, held.disable(ctx, now, sent.reason)
	case now.Sub(later(one.change.GetChangeTime().AsTime(), held.retryingSince)) >= retryPeriod:
		w.config.Logger.WarnContext(ctx, "a change could not be delivered in time and became a dead letter",
			"tenant", held.tenant, "webhook_endpoint", held.name(), "message", message, "reason", sent.reason)
		return true, held.move(ctx, now, step{to: one.settles, lastError: sent.reason, letter: &deadLetter{
			endpointID: held.ID, position: one.position, payload: string(body), attempts: attempts, lastError: sent.reason, failed: now,
		}})
	}
	return false, held.move(ctx, now, step{to: held.cursor, attempts: attempts, nextAttempt: now.Add(wait(attempts)), lastError: sent.reason})
}

// wait returns how long to wait after a number of failed attempts.
func wait(attempts int) time.Duration {
	longest := maxWait
	if doublings := attempts - 1; doublings < 20 {
		longest = min(firstWait<<doublings, maxWait)
	}
	return longest - rand.N(longest/2)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sweep removes expired dead letters. It also moves the cursors of idle endpoints to the end of the
// feed, so that a cursor older than the feed means missed changes.
func (w *Worker) sweep(ctx context.Context, now time.Time) error {
	var idle []stored
	var end feed.Position
	if err := w.config.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		if end, err = feed.End(ctx, tx); err != nil {
			return err
		}
		idle, err = settledBefore(ctx, tx, end)
		return err
	}); err != nil {
		return err
	}
	return w.config.DB.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		for _, one := range idle {
			if err := rows.New(tx).MoveIdleCursor(ctx, rows.MoveIdleCursorParams{
				ToTxid: end.Transaction, ToSeq: end.Sequence, Tenant: string(one.tenant), ID: one.ID,
				FromTxid: one.cursor.Transaction, FromSeq: one.cursor.Sequence, Version: one.Version,
			}); err != nil {
				return fmt.Errorf("moving the cursor of %s: %w", one.name(), err)
			}
		}
		if err := rows.New(tx).ExpireDeadLetters(ctx, store.Micros(now.Add(-deadLetterRetention))); err != nil {
			return fmt.Errorf("removing old dead letters: %w", err)
		}
		return nil
	})
}
