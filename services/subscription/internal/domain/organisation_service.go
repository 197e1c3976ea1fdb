package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// OrganisationService is what can be done with organisations, their users and the sessions of those.
type OrganisationService struct {
	mutation.Service[OrganisationReader, OrganisationWriter]

	locator   Locator
	passwords *passwords
	attempts  *attempts
}

// NewOrganisationService is the service over a store.
func NewOrganisationService(store OrganisationStore, clock clock.Clock) *OrganisationService {
	return &OrganisationService{
		Service: mutation.Service[OrganisationReader, OrganisationWriter]{Store: store, Clock: clock},
		locator: store, passwords: newPasswords(), attempts: newAttempts(),
	}
}

// users are how users are found and kept.
var users = mutation.Resource[UserID, User, OrganisationWriter]{
	What: "user",
	Find: func(w OrganisationWriter, ctx context.Context, id UserID) (User, error) {
		return w.User(ctx, Key{KeyID, string(id)})
	},
	Keep: OrganisationWriter.UpdateUser,
}

// CreateOrganisation adds an organisation, filling what it leaves open.
func (s *OrganisationService) CreateOrganisation(ctx context.Context, organisation Organisation, options ...mutation.Option) (Organisation, error) {
	return mutation.Create(ctx, s.Service, organisation, func(ctx context.Context, w OrganisationWriter, organisation *Organisation) error {
		organisation.Prepare()
		return w.CreateOrganisation(ctx, organisation)
	}, options...)
}

// Organisation is the organisation with an id.
func (s *OrganisationService) Organisation(ctx context.Context, id OrganisationID) (Organisation, error) {
	return mutation.Get(ctx, s.Service, "organisation", OrganisationReader.Organisation, Key{KeyID, string(id)})
}

// Organisations is the organisations that a query asks for.
func (s *OrganisationService) Organisations(ctx context.Context, query listing.Query) ([]Organisation, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r OrganisationReader) ([]Organisation, error) {
		return r.Organisations(ctx, query)
	})
}

// CreateUser adds a user with a password, of which only the hash is kept. A repetition by its idempotency key gets the user
// that the first request made, whatever password it carries.
func (s *OrganisationService) CreateUser(ctx context.Context, user User, password string, options ...mutation.Option) (User, error) {
	hash, err := s.HashPassword(ctx, password)
	if err != nil {
		return User{}, err
	}
	user.PasswordHash = hash
	return mutation.Create(ctx, s.Service, user, func(ctx context.Context, w OrganisationWriter, user *User) error {
		if err := user.Prepare(ctx, w); err != nil {
			return err
		}
		err := w.CreateUser(ctx, user)
		user.PasswordHash = "" // the outcome is kept beside the key, and nobody is answered it
		return err
	}, options...)
}

// User is the user with an id.
func (s *OrganisationService) User(ctx context.Context, id UserID) (User, error) {
	return mutation.Get(ctx, s.Service, "user", OrganisationReader.User, Key{KeyID, string(id)})
}

// Users is the users that a query asks for.
func (s *OrganisationService) Users(ctx context.Context, query listing.Query) ([]User, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r OrganisationReader) ([]User, error) { return r.Users(ctx, query) })
}

// IssueAPIKey makes a new Web API key for a user; the one before no longer works. The key is nowhere kept.
func (s *OrganisationService) IssueAPIKey(ctx context.Context, id UserID) (key string, err error) {
	key = newToken()
	_, err = mutation.Change(ctx, s.Service, users, id, "", func(_ context.Context, _ OrganisationWriter, user *User) error {
		user.APIKeyHash = HashToken(key)
		return nil
	}, mutation.Unrecorded())
	if err != nil {
		return "", err
	}
	return key, nil
}
