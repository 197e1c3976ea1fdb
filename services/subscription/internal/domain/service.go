package domain

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// System is the domain at work: its use cases over a store.
type System struct {
	store     Store
	clock     clock.Clock
	passwords *passwords
	attempts  *attempts
}

// New is the domain over a store.
func New(store Store, clock clock.Clock) *System {
	return &System{store: store, clock: clock, passwords: newPasswords(), attempts: newAttempts()}
}

// pointer is a Resource that is a pointer to T.
type pointer[T any] interface {
	*T
	Resource
}

// errValidated ends the transaction of a creation that was only to be checked.
var errValidated = errors.New("validated")

// Create adds a resource, filling what it leaves open. With validateOnly everything is checked and nothing kept; the
// answer is what would have been. A repetition by its idempotency key gets what the first request made.
func Create[T any, P pointer[T]](ctx context.Context, s *System, by auth.Principal, resource T, validateOnly bool) (T, error) {
	return inTransaction(ctx, s, by, validateOnly, func(ctx context.Context, w Writer) (T, error) {
		return idempotency.Do(ctx, w, s.clock.Now(), func() (T, error) {
			created := resource
			err := s.create(ctx, w, P(&created))
			return created, err
		})
	})
}

// CreateUser adds a user with a password, of which only the hash is kept. A repetition by its idempotency key gets the user
// that the first request made, whatever password it carries.
func (s *System) CreateUser(ctx context.Context, by auth.Principal, user User, password string, validateOnly bool) (User, error) {
	hash, err := s.HashPassword(ctx, password)
	if err != nil {
		return User{}, err
	}
	user.PasswordHash = hash
	return inTransaction(ctx, s, by, validateOnly, func(ctx context.Context, w Writer) (User, error) {
		return idempotency.Do(ctx, w, s.clock.Now(), func() (User, error) {
			created := user
			err := s.create(ctx, w, &created)
			created.PasswordHash = "" // the outcome is kept beside the key, and nobody is answered it
			return created, err
		})
	})
}

// inTransaction runs a creation in one transaction, which is taken back where it was only to be validated.
func inTransaction[T any](ctx context.Context, s *System, by auth.Principal, validateOnly bool, creation func(context.Context, Writer) (T, error)) (T, error) {
	var created, none T
	err := s.store.Write(ctx, by, s.clock.Now(), func(ctx context.Context, w Writer) (err error) {
		if created, err = creation(ctx, w); err == nil && validateOnly {
			return errValidated
		}
		return err
	})
	if err != nil && !errors.Is(err, errValidated) {
		return none, err
	}
	return created, nil
}

// Import adds resources in the order given, all of them or none.
func (s *System) Import(ctx context.Context, by auth.Principal, resources ...Resource) error {
	return s.store.Write(ctx, by, s.clock.Now(), func(ctx context.Context, w Writer) error {
		for _, resource := range resources {
			if err := s.create(ctx, w, resource); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *System) create(ctx context.Context, w Writer, resource Resource) error {
	if err := resource.prepare(ctx, w, s.clock.Now()); err != nil {
		return err
	}
	return w.Create(ctx, resource)
}

// Get is the resource with an id.
func Get[T any, P pointer[T]](ctx context.Context, s *System, tenant auth.Tenant, id string) (T, error) {
	var found T
	err := s.store.Read(ctx, tenant, func(ctx context.Context, r Reader) error {
		return r.Find(ctx, Key{KeyID, id}, P(&found))
	})
	return found, err
}

// List is up to limit resources in the order of their ids, beginning after an id, and whether there are more.
func List[T any, P pointer[T]](ctx context.Context, s *System, tenant auth.Tenant, after string, limit int) (list []T, more bool, err error) {
	var found []P
	err = s.store.Read(ctx, tenant, func(ctx context.Context, r Reader) error {
		return r.List(ctx, P(new(T)).Kind(), after, limit+1, func() Resource {
			found = append(found, new(T))
			return found[len(found)-1]
		})
	})
	if err != nil {
		return nil, false, err
	}
	for _, resource := range found[:min(len(found), limit)] {
		list = append(list, *resource)
	}
	return list, len(found) > limit, nil
}
