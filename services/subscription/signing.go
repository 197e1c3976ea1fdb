package subscription

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// tokenPurpose is what the keys that sign tokens are derived for.
const tokenPurpose = "continuo subscription: tokens of sessions" //nolint:gosec // a name, not a credential

// signingKeys derives the keys that sign tokens from those that seal the secrets of a store.
type signingKeys struct{ db *database.DB }

// Newest returns the key that signs.
func (s signingKeys) Newest() (id string, key []byte, err error) {
	id, key, err = s.db.Secrets().Derive(tokenPurpose)
	if err != nil {
		return "", nil, fmt.Errorf("deriving the key of tokens: %w", err)
	}
	return id, key, nil
}

// Of returns the key with an id.
func (s signingKeys) Of(id string) ([]byte, error) {
	key, err := s.db.Secrets().DeriveOf(id, tokenPurpose)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of tokens: %w", err)
	}
	return key, nil
}
