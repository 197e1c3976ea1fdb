package organisation

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Store stores organisations, users, sessions and Web API keys.
type Store interface {
	mutation.Store[Reader, Writer]
	Locator
}

// Locator finds users and sessions among all tenants, by keys that are unique across tenants. If
// there is none, the error is a NotFound fault, which does not contain the hash.
type Locator interface {
	// LocateUser returns the user with a login, or with the hash of a Web API key, and its tenant.
	LocateUser(ctx context.Context, key resource.Key) (auth.Tenant, User, error)
	// LocateSession returns the session with a token hash, and what decides what its user may do. Nobody may write into it.
	LocateSession(ctx context.Context, key resource.Key) (Located, error)
}

// StillLocator is implemented by writers of stores whose LocateSession returns where it has found a session.
type StillLocator interface {
	// StillLocated reports whether LocateSession would return exactly what it has returned before, in the writer's transaction.
	StillLocated(ctx context.Context, before Stored) (bool, error)
}

// Located is a session with its user.
type Located struct {
	Tenant  auth.Tenant
	Session Session
	User    User
	// MaxPrivacyLevel is the highest privacy level that the user sees, if it does not see all.
	MaxPrivacyLevel catalogue.PrivacyLevel
	// Stored is by what StillLocated knows all of this again.
	Stored Stored
}

// Stored is by what a store knows again a session that it has located. It is empty if presuming the session gains nothing; see As.
type Stored struct {
	// Place is where the store has the session.
	Place string
	// Digest is of what the store has of the session, its user and the highest privacy level that the user sees.
	Digest [sha256.Size]byte
}

// Reader reads the organisations, users, sessions and Web API keys of one tenant, and what they refer to.
// If no resource has a key, the error is a NotFound fault.
type Reader interface {
	// Organisation returns the organisation with an id.
	Organisation(ctx context.Context, key resource.Key) (Organisation, error)
	// Organisations returns the organisations that match a query.
	Organisations(ctx context.Context, query listing.Query) ([]Organisation, error)
	// User returns the user with a key: its id or login.
	User(ctx context.Context, key resource.Key) (User, error)
	// Users returns the users that match a query.
	Users(ctx context.Context, query listing.Query) ([]User, error)
	// Group returns the group with a key.
	Group(ctx context.Context, key resource.Key) (catalogue.Group, error)
	// PrivacyLevel returns the privacy level with a key.
	PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error)
	// Session returns the session with an id.
	Session(ctx context.Context, key resource.Key) (Session, error)
	// Sessions returns the sessions that match a query, expired ones included.
	Sessions(ctx context.Context, query listing.Query) ([]Session, error)
	// APIKey returns the Web API key with a key: its id or hash.
	APIKey(ctx context.Context, key resource.Key) (APIKey, error)
	// APIKeys returns the Web API keys that match a query.
	APIKeys(ctx context.Context, query listing.Query) ([]APIKey, error)
}

// Writer reads and writes the organisations, users, sessions and Web API keys of one tenant. The ids
// of organisations must be unique across tenants.
type Writer interface {
	Reader
	resource.Writer
	// TouchSession records the last use of a session, without a feed entry. It returns a Conflict
	// fault if the session was changed since it was read.
	TouchSession(ctx context.Context, session *Session) error
	// PurgeSessions removes expired sessions: those that are not lasting, were last used before a
	// time, and do not end later than SessionIdle after it. It adds no feed entries.
	PurgeSessions(ctx context.Context, before time.Time) error
}
