// Package changes implements continuo.changes.v1.ChangeService on a store's change feed: a
// resumable stream of changes and lists of past changes. Package service registers it in every
// service.
package changes

import (
	"context"
	"fmt"
	"runtime"
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
	"github.com/continuo-billing/continuo/services/platform/turns"
)

const defaultHeartbeat = 15 * time.Second

// Server serves the change feed of one store.
type Server struct {
	changesv1.UnsafeChangeServiceServer

	db     *database.DB
	tokens Tokens
	pages  *pagetoken.Sealer
	tail   *feed.Tail
	// reads bounds the concurrent reads of watchers.
	reads *turns.Turns
}

// New returns a server for a store's change feed.
func New(db *database.DB) *Server {
	places := max(2, runtime.GOMAXPROCS(0)/2)
	return &Server{
		db: db, tokens: NewTokens(db), pages: pagetoken.New(db.PageTokenKey),
		tail: feed.NewTail(db), reads: turns.New(places, places/2),
	}
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
		server: s, stream: stream, tenant: caller.Tenant, key: caller.Key, position: position,
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
