package organisation

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Fields by which the domain filters sessions and Web API keys.
const (
	// FieldUser is the id of the user.
	FieldUser = "user"
	// FieldExpireTime is when a session ends if it is not used before; none if it never does.
	FieldExpireTime = "expire_time"
)

// Sessions offers the operations on sessions that have not expired.
type Sessions struct {
	resource.Standard[SessionID, Session, Reader, Writer, *Session]
}

func newSessions(on mutation.Service[Reader, Writer]) Sessions {
	return Sessions{resource.Standard[SessionID, Session, Reader, Writer, *Session]{
		Service: on, Kept: resource.Kept[SessionID, Session, Writer, *Session]("session", Writer.Session),
		Find: Reader.Session, Query: Reader.Sessions,
	}}
}

// Get returns the session with an id.
func (s Sessions) Get(ctx context.Context, id SessionID) (Session, error) {
	found, err := s.Standard.Get(ctx, id)
	if err == nil && !found.live(s.Clock.Now()) {
		return Session{}, fault.Missing(s.Kept.What, id)
	}
	return found, err
}

// List returns the sessions that match a query.
func (s Sessions) List(ctx context.Context, query listing.Query) ([]Session, error) {
	now := s.Clock.Now()
	query.Where = listing.All(query.Where, listing.Or{
		listing.Not{Condition: listing.Present{Field: FieldExpireTime}},
		listing.And{
			listing.Compare{Field: FieldExpireTime, Op: listing.Greater, Value: now.UnixMicro()},
			listing.Compare{Field: FieldExpireTime, Op: listing.LessEqual, Value: now.Add(SessionLife).UnixMicro()},
		},
	})
	return s.Standard.List(ctx, query)
}

// ofUser returns the query for the sessions or Web API keys of a user.
func ofUser(id UserID) listing.Query { return listing.Query{Where: listing.Is(FieldUser, id)} }
