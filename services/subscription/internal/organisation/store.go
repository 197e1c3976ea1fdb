package organisation

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Store stores organisations, users and sessions.
type Store interface {
	mutation.Store[Reader, Writer]
	Locator
}

// Locator finds users and sessions among all tenants, by keys that are unique across tenants. If
// there is none, the error is a NotFound fault, which does not contain the hash.
type Locator interface {
	// LocateUser returns the user with a login or Web API key hash, and its tenant.
	LocateUser(ctx context.Context, key resource.Key) (auth.Tenant, User, error)
	// LocateSession returns the session with a token hash, and its tenant.
	LocateSession(ctx context.Context, key resource.Key) (auth.Tenant, Session, error)
}

// Reader reads the organisations, users and sessions of one tenant. If no resource has a key, the
// error is a NotFound fault.
type Reader interface {
	// Organisation returns the organisation with an id.
	Organisation(ctx context.Context, key resource.Key) (Organisation, error)
	// Organisations returns the organisations that match a query.
	Organisations(ctx context.Context, query listing.Query) ([]Organisation, error)
	// User returns the user with a key: its id or login.
	User(ctx context.Context, key resource.Key) (User, error)
	// Users returns the users that match a query.
	Users(ctx context.Context, query listing.Query) ([]User, error)
	// Session returns the session with an id.
	Session(ctx context.Context, key resource.Key) (Session, error)
}

// Writer reads and writes the organisations, users and sessions of one tenant. Writes add an entry
// to the change feed unless stated otherwise. Resources are created as version 1; if the id or
// another key exists, the error is an AlreadyExists fault. Updates and deletions need the present
// version; otherwise the error is a Conflict fault.
type Writer interface {
	Reader
	mutation.Writer
	// CreateOrganisation adds an organisation. Its id must be unique across tenants.
	CreateOrganisation(ctx context.Context, organisation *Organisation) error
	// CreateUser adds a user.
	CreateUser(ctx context.Context, user *User) error
	// UpdateUser replaces a user and raises its version.
	UpdateUser(ctx context.Context, user *User) error
	// CreateSession adds a session.
	CreateSession(ctx context.Context, session *Session) error
	// DeleteSession removes a session.
	DeleteSession(ctx context.Context, session *Session) error
	// TouchSession records the last use of a session, without a feed entry.
	TouchSession(ctx context.Context, session *Session) error
	// PurgeSessions removes expired sessions: those that are not lasting and were last used before
	// a time. It adds no feed entries.
	PurgeSessions(ctx context.Context, before time.Time) error
}
