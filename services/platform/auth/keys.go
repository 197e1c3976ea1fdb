package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Keys authenticates callers by secret keys. A key made by NewKey has 256 random bits, so that a
// plain SHA-256 of it is safe to store. Keys can be loaded again while they are used.
type Keys struct {
	path   string
	logger *slog.Logger
	now    func() time.Time
	loaded atomic.Pointer[map[digest]*entry]
}

// OpenKeys loads a keys file. The logger gets a line when a key is used for the first time in an hour.
func OpenKeys(path string, logger *slog.Logger) (*Keys, error) {
	keys := &Keys{path: path, logger: logger, now: time.Now}
	if err := keys.Reload(); err != nil {
		return nil, err
	}
	return keys, nil
}

// Reload loads the keys file again. If that fails, the keys of before stay in use.
func (k *Keys) Reload() error {
	entries, err := readKeys(k.path)
	if err != nil {
		return err
	}
	if before := k.loaded.Load(); before != nil {
		for sum, known := range entries {
			if old := (*before)[sum]; old != nil {
				known.used.Store(old.used.Load())
			}
		}
	}
	k.loaded.Store(&entries)
	return nil
}

// Authenticate accepts `Bearer KEY`, and `Basic` with the actor as user name and the key as
// password.
func (k *Keys) Authenticate(ctx context.Context, authorization string) (Principal, error) {
	if authorization == "" {
		return Principal{}, fault.New(fault.Unauthenticated, reason.CredentialMissing, "the request carries no credential")
	}
	scheme, value, _ := strings.Cut(authorization, " ")
	actor, key := "", value
	switch strings.ToLower(scheme) {
	case "bearer":
	case "basic":
		decoded, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return Principal{}, wrongCredential()
		}
		actor, key, _ = strings.Cut(string(decoded), ":")
	default:
		return Principal{}, wrongCredential()
	}
	known := (*k.loaded.Load())[sha256.Sum256([]byte(key))]
	if known == nil || actor != "" && subtle.ConstantTimeCompare([]byte(actor), []byte(known.principal.Actor)) == 0 {
		return Principal{}, wrongCredential()
	}
	now := k.now()
	if !known.expires.IsZero() && !now.Before(known.expires) {
		return Principal{}, fault.New(fault.Unauthenticated, reason.CredentialExpired,
			"the credential expired at %s", known.expires.Format(time.RFC3339))
	}
	if known.firstUseOfHour(now) {
		k.logger.InfoContext(ctx, "key used", "tenant", known.principal.Tenant, "actor", known.principal.Actor, "key", known.principal.Key)
	}
	return known.principal, nil
}

func wrongCredential() error {
	return fault.New(fault.Unauthenticated, reason.CredentialInvalid, "the credential is not accepted")
}
