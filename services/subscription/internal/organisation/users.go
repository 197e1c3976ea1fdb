package organisation

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Users offers the operations on users. Their results have no password hash.
type Users struct {
	resource.Standard[UserID, User, Reader, Writer, *User]

	passwords *passwords
}

func newUsers(on mutation.Service[Reader, Writer], passwords *passwords) Users {
	return Users{resource.Standard[UserID, User, Reader, Writer, *User]{
		Service: on, Kept: resource.Kept[UserID, User, Writer, *User]("user", Writer.User),
		Find: Reader.User, Query: Reader.Users,
		Prepare: func(ctx context.Context, w Writer, given, present *User) error {
			if err := given.Prepare(ctx, w, present, false); err != nil || present == nil || !given.Disabled {
				return err
			}
			_, err := endSessions(ctx, w, given.ID)
			return err
		},
		Hide: func(user *User) { user.PasswordHash = "" },
	}, passwords}
}

// Create adds a user with a password and stores only its hash. A request repeated with its idempotency
// key returns the user of the first request, even if the password differs.
func (s Users) Create(ctx context.Context, user User, password string, options ...mutation.Option) (User, error) {
	var err error
	if user.PasswordHash, err = s.passwords.hash(ctx, "user.password", password); err != nil {
		return User{}, err
	}
	return s.Standard.Create(ctx, user, options...)
}

// SetPassword gives a user another password and ends its sessions. A request repeated with its
// idempotency key changes nothing, even if the password differs.
func (s Users) SetPassword(ctx context.Context, id UserID, etag, password string, options ...mutation.Option) (User, error) {
	hash, err := s.passwords.hash(ctx, "password", password)
	if err != nil {
		return User{}, err
	}
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (User, error) {
		changed, _, err := mutation.Revise(ctx, w, s.Kept, id, etag, func(ctx context.Context, w Writer, user *User) error {
			user.PasswordHash = hash
			_, err := endSessions(ctx, w, id)
			return err
		})
		s.Hide(&changed)
		return changed, err
	}, options...)
}

// EndSessions ends all sessions of a user and returns how many there were.
func (s Users) EndSessions(ctx context.Context, id UserID, options ...mutation.Option) (int, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (int, error) {
		if _, err := s.Kept.Find(w, ctx, id); err != nil {
			return 0, mutation.Explain(err, s.Kept.What, id)
		}
		return endSessions(ctx, w, id)
	}, options...)
}

// Delete removes a user who has neither sessions nor Web API keys; otherwise the error is an IN_USE
// fault. A non-empty etag must be the present one.
func (s Users) Delete(ctx context.Context, id UserID, etag string, options ...mutation.Option) error {
	return mutation.Delete(ctx, s.Service, s.Kept, id, etag, func(ctx context.Context, w Writer, user User) error {
		if err := w.PurgeSessions(ctx, w.Now().Add(-SessionIdle)); err != nil {
			return err
		}
		referrers, err := w.Referrers(ctx, &user)
		if err != nil {
			return err
		}
		for _, r := range referrers {
			if r.Example != "" {
				return resource.CheckUnused(s.Kept.What, string(id), []resource.Referrers{r})
			}
			if r.Count > 0 {
				return fault.New(fault.FailedPrecondition, reason.InUse, "user %s has %d %s and cannot be deleted; end and revoke them first, or disable the user", id, r.Count, r.What)
			}
		}
		return w.Delete(ctx, &user)
	}, options...)
}

// endSessions ends the sessions of a user. Expired ones are removed without a feed entry.
func endSessions(ctx context.Context, w Writer, user UserID) (ended int, err error) {
	if err := w.PurgeSessions(ctx, w.Now().Add(-SessionIdle)); err != nil {
		return 0, err
	}
	sessions, err := w.Sessions(ctx, ofUser(user))
	if err != nil {
		return 0, fmt.Errorf("ending the sessions of user %s: %w", user, err)
	}
	for i := range sessions {
		if err := w.Delete(ctx, &sessions[i]); err != nil {
			return 0, err
		}
	}
	return len(sessions), nil
}
