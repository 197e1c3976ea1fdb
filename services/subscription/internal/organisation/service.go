package organisation

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Service is what can be done with organisations, their users and the sessions of those.
type Service struct {
	mutation.Service[Reader, Writer]

	locator   Locator
	passwords *passwords
	attempts  *attempts
}

// NewService is the service over a store.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{
		Service: mutation.Service[Reader, Writer]{Store: store, Clock: clock},
		locator: store, passwords: newPasswords(), attempts: newAttempts(),
	}
}

// users are how users are found and kept.
var users = mutation.Resource[UserID, User, Writer]{
	What: "user",
	Find: func(w Writer, ctx context.Context, id UserID) (User, error) {
		return w.User(ctx, resource.ByID(id))
	},
	Keep: Writer.UpdateUser,
}

// CreateOrganisation adds an organisation, filling what it leaves open.
func (s *Service) CreateOrganisation(ctx context.Context, organisation Organisation, options ...mutation.Option) (Organisation, error) {
	return mutation.Create(ctx, s.Service, organisation, func(ctx context.Context, w Writer, organisation *Organisation) error {
		organisation.Prepare()
		return w.CreateOrganisation(ctx, organisation)
	}, options...)
}

// Organisation is the organisation with an id.
func (s *Service) Organisation(ctx context.Context, id ID) (Organisation, error) {
	return mutation.Get(ctx, s.Service, "organisation", Reader.Organisation, resource.ByID(id))
}

// Organisations is the organisations that a query asks for.
func (s *Service) Organisations(ctx context.Context, query listing.Query) ([]Organisation, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Organisation, error) {
		return r.Organisations(ctx, query)
	})
}

// CreateUser adds a user with a password, of which only the hash is kept. A repetition by its idempotency key gets the user
// that the first request made, whatever password it carries.
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
		user.PasswordHash = "" // the outcome is kept beside the key, and nobody is answered it
		return err
	}, options...)
}

// User is the user with an id.
func (s *Service) User(ctx context.Context, id UserID) (User, error) {
	return mutation.Get(ctx, s.Service, "user", Reader.User, resource.ByID(id))
}

// Users is the users that a query asks for.
func (s *Service) Users(ctx context.Context, query listing.Query) ([]User, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]User, error) { return r.Users(ctx, query) })
}

// IssueAPIKey makes a new Web API key for a user; the one before no longer works. The key is nowhere kept;
// there is none where the request is only validated.
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
