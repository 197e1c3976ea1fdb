package organisation

import (
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// APIKey is a Web API key of a user. Only its holder knows the key.
type APIKey struct {
	mutation.Revision
	ID APIKeyID `json:"id"`
	// Hash is the HashToken of the key.
	Hash string `json:"hash,omitempty"`
	User UserID `json:"user"`
	// Name is what the key is for.
	Name string `json:"name,omitempty"`
}

// Kind returns KindAPIKey.
func (*APIKey) Kind() resource.Kind { return resource.KindAPIKey }

// Key returns the id.
func (k *APIKey) Key() string { return string(k.ID) }

// Keys returns the hash of the key.
func (k *APIKey) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyAPIKey, Value: k.Hash}}
}

// Public returns what is known of the key, without the hash.
func (k *APIKey) Public() any {
	shown := *k
	shown.Hash = ""
	return shown
}
