package organisation

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Service offers the operations on organisations, users and sessions.
type Service struct {
	mutation.Service[Reader, Writer]

	locator   Locator
	passwords *passwords
	attempts  *attempts
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{
		Service: mutation.Service[Reader, Writer]{Store: store, Clock: clock},
		locator: store, passwords: newPasswords(), attempts: newAttempts(),
	}
}

// users tells how to find and store users.
var users = mutation.Resource[UserID, User, Writer]{
	What: "user",
	Find: func(w Writer, ctx context.Context, id UserID) (User, error) {
		return w.User(ctx, resource.ByID(id))
	},
	Keep: Writer.UpdateUser,
}

// CreateOrganisation adds an organisation with defaults for what is not set.
func (s *Service) CreateOrganisation(ctx context.Context, organisation Organisation, options ...mutation.Option) (Organisation, error) {
	return mutation.Create(ctx, s.Service, organisation, func(ctx context.Context, w Writer, organisation *Organisation) error {
		organisation.Prepare()
		return w.CreateOrganisation(ctx, organisation)
	}, options...)
}

// Organisation returns one organisation.
func (s *Service) Organisation(ctx context.Context, id ID) (Organisation, error) {
	return mutation.Get(ctx, s.Service, "organisation", Reader.Organisation, resource.ByID(id))
}

// Organisations returns the organisations that match a query.
func (s *Service) Organisations(ctx context.Context, query listing.Query) ([]Organisation, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Organisation, error) {
		return r.Organisations(ctx, query)
	})
}

// CreateUser adds a user with a password and stores only its hash. A request repeated with its
// idempotency key returns the user of the first request, even if the password differs.
func (s *Service) CreateUser(ctx context.Context, user User, password string, options ...mutation.Option) (User, error) {
	hash, err := s.HashPassword(ctx, password)
	if err != nil {
		return User{}, err
	}
	user.PasswordHash = hash
	return mutation.Create(ctx, s.Service, user, func(ctx context.Context, w Writer, user *User) error {
		if err := user.Prepare(ctx, w); err != nil {
			return err
		}
		err := w.CreateUser(ctx, user)
		user.PasswordHash = "" // keep the hash out of the recorded outcome
		return err
	}, options...)
}

// User returns one user.
func (s *Service) User(ctx context.Context, id UserID) (User, error) {
	return mutation.Get(ctx, s.Service, "user", Reader.User, resource.ByID(id))
}

// Users returns the users that match a query.
func (s *Service) Users(ctx context.Context, query listing.Query) ([]User, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]User, error) { return r.Users(ctx, query) })
}

// IssueAPIKey issues a new Web API key for a user and revokes the previous one. The key itself is
// not stored. It is empty if the request is only validated.
func (s *Service) IssueAPIKey(ctx context.Context, id UserID) (key string, err error) {
	key = newToken()
	_, err = mutation.Change(ctx, s.Service, users, id, "", func(_ context.Context, _ Writer, user *User) error {
		user.APIKeyHash = HashToken(key)
		return nil
	}, mutation.Unrecorded())
	if err != nil || mutation.OnlyValidates(ctx) {
		return "", err
	}
	return key, nil
}
