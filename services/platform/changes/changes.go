// Package changes implements continuo.changes.v1.ChangeService on a store's change feed: a
// resumable stream of changes and lists of past changes. Package service registers it in every
// service.
package changes

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
)

const (
	defaultHeartbeat = 15 * time.Second
	// Commits of this process wake watchers immediately. Commits of other replicas are found by
	// polling.
	pollInterval = 250 * time.Millisecond
	// Watchers read this many entries in a short transaction and send them afterwards, so that a
	// slow watcher does not block writers.
	batch = 200
)

// Server serves the change feed of one store.
type Server struct {
	changesv1.UnsafeChangeServiceServer

	db     *database.DB
	tokens Tokens
	pages  *pagetoken.Sealer
}

// New returns a server for a store's change feed.
func New(db *database.DB) *Server {
	return &Server{db: db, tokens: NewTokens(db), pages: pagetoken.New(db.PageTokenKey)}
}

// WatchChanges sends changes as they are committed, until the caller ends the stream.
func (s *Server) WatchChanges(request *changesv1.WatchChangesRequest, stream grpc.ServerStreamingServer[changesv1.WatchChangesResponse]) error {
	ctx := stream.Context()
	caller, err := auth.From(ctx)
	if err != nil {
		return err
	}
	position, err := s.start(ctx, caller.Tenant, request)
	if err != nil {
		return err
	}
	heartbeat := defaultHeartbeat
	if request.GetHeartbeat() != nil {
		heartbeat = request.GetHeartbeat().AsDuration()
	}
	watcher := &watcher{
		server: s, stream: stream, tenant: caller.Tenant, position: position,
		filter: feed.Filter{Resource: request.GetResource(), Types: request.GetResourceTypes()},
	}
	return watcher.run(ctx, heartbeat)
}

// start returns the position after which the stream begins.
func (s *Server) start(ctx context.Context, tenant auth.Tenant, request *changesv1.WatchChangesRequest) (position feed.Position, err error) {
	if err := s.tokens.OpenAfter(ctx, tenant, request.GetAfter(), &position); err != nil {
		return position, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		if request.GetFromNow() {
			position, err = feed.End(ctx, tx)
			return err
		}
		if request.GetAfter() == "" {
			return nil
		}
		return checkKept(ctx, tx, position)
	})
	return position, err
}

// checkKept rejects a position after which entries have been removed.
func checkKept(ctx context.Context, tx *database.Tx, position feed.Position) error {
	floor, err := feed.Floor(ctx, tx)
	if err != nil {
		return err
	}
	if position.Compare(floor) < 0 {
		return fault.New(fault.FailedPrecondition, reason.ChangeTokenTooOld,
			"changes after this token have been removed: read all resources again, then watch from now")
	}
	return nil
}

// watcher serves one stream.
type watcher struct {
	server   *Server
	stream   grpc.ServerStreamingServer[changesv1.WatchChangesResponse]
	tenant   auth.Tenant
	filter   feed.Filter
	position feed.Position
}

func (w *watcher) run(ctx context.Context, heartbeat time.Duration) error {
	poll, beat := time.NewTicker(pollInterval), time.NewTicker(heartbeat)
	defer poll.Stop()
	defer beat.Stop()
	for {
		committed := w.server.db.Committed()
		sent, err := w.forward(ctx)
		if err != nil {
			return err
		}
		if sent > 0 {
			beat.Reset(heartbeat)
		}
		if sent == batch {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-committed:
		case <-poll.C:
		case <-beat.C:
			if err := w.beat(ctx); err != nil {
				return err
			}
		}
	}
}

// forward sends the next batch and returns its size.
func (w *watcher) forward(ctx context.Context) (int, error) {
	var entries []feed.Entry
	var end feed.Position
	err := w.server.db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		if w.position != (feed.Position{}) {
			if err := checkKept(ctx, tx, w.position); err != nil {
				return err
			}
		}
		if end, err = feed.End(ctx, tx); err != nil {
			return err
		}
		entries, err = feed.Read(ctx, tx, w.tenant, w.position, w.filter, batch)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		change, err := w.server.message(ctx, entry)
		if err != nil {
			return 0, err
		}
		if err := w.stream.Send(&changesv1.WatchChangesResponse{Token: change.GetToken(), Change: change}); err != nil {
			return 0, err
		}
		w.position = entry.Position
	}
	// No entry up to end matches the filter. Moving on keeps the token valid while other resources
	// change.
	if len(entries) < batch && w.position.Compare(end) < 0 {
		w.position = end
	}
	return len(entries), nil
}

func (w *watcher) beat(ctx context.Context) error {
	token, err := w.server.tokens.Seal(ctx, w.tenant, w.position)
	if err != nil {
		return err
	}
	return w.stream.Send(&changesv1.WatchChangesResponse{Token: token})
}

var kinds = map[feed.Kind]changesv1.Kind{
	feed.Created: changesv1.Kind_KIND_CREATED,
	feed.Updated: changesv1.Kind_KIND_UPDATED,
	feed.Deleted: changesv1.Kind_KIND_DELETED,
}

func (s *Server) message(ctx context.Context, entry feed.Entry) (*changesv1.Change, error) {
	token, err := s.tokens.Seal(ctx, entry.Tenant, entry.Position)
	if err != nil {
		return nil, err
	}
	state, err := entry.State.Any()
	if err != nil {
		return nil, fmt.Errorf("reading a change of %s: %w", entry.Resource, err)
	}
	return &changesv1.Change{
		Token: token, ChangeTime: timestamppb.New(entry.Time), Actor: entry.Actor,
		Resource: entry.Resource, ResourceType: entry.Type, Kind: kinds[entry.Kind], State: state,
	}, nil
}
