package organisation

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// maxAPIKeys is how many Web API keys a user can have.
const maxAPIKeys = 20

// Sealer decrypts the keys in records of the version before. A pagetoken.Sealer implements it.
type Sealer interface {
	// Load reads the key of the sealer now. Open can then be used in a transaction.
	Load(ctx context.Context) error
	// Open decrypts a secret that was encrypted with the same binding.
	Open(ctx context.Context, bound, sealed string, secret any) error
}

// APIKeys offers the operations on Web API keys. Their results have no hash.
type APIKeys struct {
	resource.Standard[APIKeyID, APIKey, Reader, Writer, *APIKey]

	sealer Sealer
}

func newAPIKeys(on mutation.Service[Reader, Writer], sealer Sealer) APIKeys {
	return APIKeys{resource.Standard[APIKeyID, APIKey, Reader, Writer, *APIKey]{
		Service: on, Kept: resource.Kept[APIKeyID, APIKey, Writer, *APIKey]("API key", Writer.APIKey),
		Find: Reader.APIKey, Query: Reader.APIKeys,
		Prepare: func(context.Context, Writer, *APIKey, *APIKey) error { return nil },
		Hide:    func(key *APIKey) { key.Hash = "" },
	}, sealer}
}

// IssuedKey is a new Web API key.
type IssuedKey struct {
	APIKey
	// Secret is the key itself. It is empty if the request was only validated.
	Secret string
}

// recordedKey is what is recorded of a request that issued a key. The record is sealed.
type recordedKey struct {
	APIKey
	Secret string `json:"secret,omitempty"`
	// Sealed is the key in records of the version before, sealed with the key of page tokens.
	Sealed string `json:"sealed,omitempty"`
}

// HoldsSecret reports that the record holds a key.
func (r recordedKey) HoldsSecret() bool { return r.Secret != "" }

// Issue issues a Web API key to a user, beside those that it has. name is what the key is for. The key
// itself is not stored, but for the record of a request with an idempotency key, which is sealed and
// lasts as long as the request can be repeated: the repetition returns the same key.
func (s APIKeys) Issue(ctx context.Context, user UserID, name string, options ...mutation.Option) (IssuedKey, error) {
	secret := newToken()
	if err := s.sealer.Load(ctx); err != nil {
		return IssuedKey{}, fmt.Errorf("issuing an API key: %w", err)
	}
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (recordedKey, error) {
		key := APIKey{ID: APIKeyID(id.New()), Hash: HashToken(secret), User: user, Name: name}
		if err := checkIssue(ctx, w, user); err != nil {
			return recordedKey{}, err
		}
		if err := w.Create(ctx, &key); err != nil {
			return recordedKey{}, err
		}
		s.Hide(&key)
		return recordedKey{APIKey: key, Secret: secret}, nil
	}, s.open, options...)
}

// open returns the key of a request that issued it, now or when it was first sent.
func (s APIKeys) open(ctx context.Context, _ Writer, recorded recordedKey) (issued IssuedKey, err error) {
	issued.APIKey = recorded.APIKey
	switch {
	case mutation.OnlyValidates(ctx):
		return issued, nil
	case recorded.Sealed == "":
		issued.Secret = recorded.Secret
		return issued, nil
	}
	if s.sealer.Open(ctx, boundTo(recorded.APIKey), recorded.Sealed, &issued.Secret) != nil {
		return IssuedKey{}, fmt.Errorf("opening the record of API key %s: it was sealed with another key", recorded.ID)
	}
	return issued, nil
}

func boundTo(key APIKey) string { return "API key " + string(key.ID) }

// checkIssue returns a fault if a user does not exist or has too many keys.
func checkIssue(ctx context.Context, w Writer, user UserID) error {
	if _, err := w.User(ctx, resource.ByID(user)); err != nil {
		return mutation.Explain(err, "user", user)
	}
	there, err := w.APIKeys(ctx, ofUser(user))
	if err == nil && len(there) >= maxAPIKeys {
		return fault.New(fault.ResourceExhausted, reason.TooMany, "user %s has %d API keys already; delete one first", user, len(there))
	}
	return err
}
