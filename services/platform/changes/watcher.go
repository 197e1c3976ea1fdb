package changes

import (
	"context"
	"time"

	"google.golang.org/grpc"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/turns"
)

// Watchers read this much in a short transaction and send it afterwards, so that a slow watcher holds
// neither a transaction nor much memory. They take turns for each page.
const (
	pageEntries = 64
	pageStates  = 256 << 10 // bytes
)

// watcher serves one stream.
type watcher struct {
	server   *Server
	stream   grpc.ServerStreamingServer[changesv1.WatchChangesResponse]
	tenant   auth.Tenant
	key      string
	filter   feed.Filter
	position feed.Position
}

func (w *watcher) run(ctx context.Context, heartbeat time.Duration) error {
	follower, leave, err := w.server.tail.Follow(ctx, w.tenant)
	if err != nil {
		return err
	}
	defer leave()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		news := follower.Next()
		sent, err := w.catchUp(ctx)
		if err != nil {
			return err
		}
		if sent {
			beat.Reset(heartbeat)
		}
		if err := w.wait(ctx, follower, news, beat.C); err != nil {
			return err
		}
	}
}

// wait waits for news of the tenant, and sends heartbeats meanwhile.
func (w *watcher) wait(ctx context.Context, follower *feed.Follower, news <-chan struct{}, beat <-chan time.Time) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
			return nil
		case <-beat:
			if end, ok := follower.End(); ok {
				w.move(end)
			}
			if err := w.beat(ctx); err != nil {
				return err
			}
		}
	}
}

// catchUp sends what there is and reports whether that was anything.
func (w *watcher) catchUp(ctx context.Context) (sent bool, err error) {
	for {
		page, more, err := w.read(ctx)
		if err != nil {
			return sent, err
		}
		for _, change := range page {
			if err := w.stream.Send(&changesv1.WatchChangesResponse{Token: change.GetToken(), Change: change}); err != nil {
				return sent, err
			}
			sent = true
		}
		if !more {
			return sent, nil
		}
	}
}

// read waits for its turn, returns the next page, and moves on.
func (w *watcher) read(ctx context.Context) (page []*changesv1.Change, more bool, err error) {
	done, err := w.server.reads.Take(ctx, turns.Holder{Tenant: string(w.tenant), Key: w.key})
	if err != nil {
		return nil, false, err
	}
	defer done()
	var entries []feed.Entry
	var end feed.Position
	err = w.server.db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		if w.position != (feed.Position{}) {
			if err := checkKept(ctx, tx, w.position); err != nil {
				return err
			}
		}
		if end, err = feed.End(ctx, tx); err != nil {
			return err
		}
		entries, more, err = feed.ReadPage(ctx, tx, w.tenant, w.position, w.filter, pageEntries, pageStates)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	page = make([]*changesv1.Change, len(entries))
	for i, entry := range entries {
		if page[i], err = w.server.message(ctx, entry); err != nil {
			return nil, false, err
		}
		w.position = entry.Position
	}
	if !more {
		w.move(end)
	}
	return page, more, nil
}

// move moves on to a position before which no more entries match the filter. It keeps the token valid
// while other resources change.
func (w *watcher) move(end feed.Position) {
	if w.position.Compare(end) < 0 {
		w.position = end
	}
}

func (w *watcher) beat(ctx context.Context) error {
	token, err := w.server.tokens.Seal(ctx, w.tenant, w.position)
	if err != nil {
		return err
	}
	return w.stream.Send(&changesv1.WatchChangesResponse{Token: token})
}
