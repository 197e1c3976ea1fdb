package organisation

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Store keeps organisations, users and sessions.
type Store interface {
	mutation.Store[Reader, Writer]
	Locator
}

// Locator finds out of all tenants' who calls, by a key that no two tenants share. A NotFound fault, which does not repeat a
// hash, if there is none.
type Locator interface {
	// LocateUser is the user of a login or of the hash of a Web API key, and whose it is.
	LocateUser(ctx context.Context, key resource.Key) (auth.Tenant, User, error)
	// LocateSession is the session of a token's hash, and whose it is.
	LocateSession(ctx context.Context, key resource.Key) (auth.Tenant, Session, error)
}

// Reader reads the organisations, users and sessions of one tenant. What has a key is found by it; a NotFound
// fault says that there is none.
type Reader interface {
	// Organisation is the organisation with an id.
	Organisation(ctx context.Context, key resource.Key) (Organisation, error)
	// Organisations are those that a query asks for.
	Organisations(ctx context.Context, query listing.Query) ([]Organisation, error)
	// User is the user that has a key: its id or its login.
	User(ctx context.Context, key resource.Key) (User, error)
	// Users are those that a query asks for.
	Users(ctx context.Context, query listing.Query) ([]User, error)
	// Session is the session with an id.
	Session(ctx context.Context, key resource.Key) (Session, error)
}

// Writer reads and changes the organisations, users and sessions of one tenant. Each change adds its entry to the
// change feed, unless it says otherwise. What is created is the first version; an AlreadyExists fault says that its id or
// another key is taken. What is changed or removed is so from the version that was read; a Conflict fault says that it is no
// longer the present one.
type Writer interface {
	Reader
	mutation.Writer
	// CreateOrganisation adds an organisation, whose id no other tenant may have either.
	CreateOrganisation(ctx context.Context, organisation *Organisation) error
	// CreateUser adds a user.
	CreateUser(ctx context.Context, user *User) error
	// UpdateUser replaces a user and raises its version.
	UpdateUser(ctx context.Context, user *User) error
	// CreateSession adds a session.
	CreateSession(ctx context.Context, session *Session) error
	// DeleteSession removes a session.
	DeleteSession(ctx context.Context, session *Session) error
	// TouchSession records when a session was last used, without an entry in the change feed, for nobody follows it.
	TouchSession(ctx context.Context, session *Session) error
	// PurgeSessions removes the sessions that expire and were last used before an instant, without entries in the change
	// feed: they ended when they expired.
	PurgeSessions(ctx context.Context, before time.Time) error
}
