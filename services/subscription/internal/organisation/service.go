package organisation

import (
	"context"
	"log/slog"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Service offers the operations on organisations, users, sessions and Web API keys.
type Service struct {
	mutation.Service[Reader, Writer]

	Organisations resource.Standard[ID, Organisation, Reader, Writer, *Organisation]
	Users         Users
	Sessions      Sessions
	APIKeys       APIKeys

	locator   Locator
	passwords *passwords
	attempts  *attempts
	audit     *audit
	lately    lately
	// signing signs the tokens of all sessions that are opened as JWTs, and checks those of before.
	signing SigningKeys
	jwt     bool
}

// Tokens says which tokens sessions get.
type Tokens struct {
	// JWT makes them JWTs that end after SessionLife. Otherwise they are random and end SessionIdle after
	// their last use.
	JWT bool
	// Keys sign the JWTs.
	Keys SigningKeys
}

// NewService returns a service on a store that takes the time from clock. sealer opens the keys in
// records of the version before; limits say how often callers may try to sign in, tokens what they get, and failures go to logger.
func NewService(store Store, clock clock.Clock, sealer Sealer, limits Limits, tokens Tokens, logger *slog.Logger) *Service {
	on := mutation.Service[Reader, Writer]{Store: store, Clock: clock}
	passwords := newPasswords()
	return &Service{
		Service:       on,
		Organisations: organisations(on),
		Users:         newUsers(on, passwords),
		Sessions:      newSessions(on),
		APIKeys:       newAPIKeys(on, sealer),
		locator:       store, passwords: passwords, attempts: newAttempts(limits), audit: newAudit(logger, clock),
		signing: tokens.Keys, jwt: tokens.JWT,
	}
}

func organisations(on mutation.Service[Reader, Writer]) resource.Standard[ID, Organisation, Reader, Writer, *Organisation] {
	return resource.Standard[ID, Organisation, Reader, Writer, *Organisation]{
		Service: on, Kept: resource.Kept[ID, Organisation, Writer, *Organisation]("organisation", Writer.Organisation),
		Find: Reader.Organisation, Query: Reader.Organisations,
		Prepare: func(_ context.Context, _ Writer, given, _ *Organisation) error {
			given.Prepare()
			return nil
		},
	}
}

// HashPassword returns the hash of a password to be stored.
func (s *Service) HashPassword(ctx context.Context, password string) (string, error) {
	return s.passwords.hash(ctx, "password", password)
}
