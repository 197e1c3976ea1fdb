package webhooks

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// Sealed names the columns with the secrets of endpoints.
var Sealed = database.Sealed{Table: "webhook_endpoints", Keys: []string{"tenant", "id"}, Columns: []string{"secret", "previous_secret"}}

// seal returns the text of a secret for the endpoint's row. One that the row holds already stays as it
// is, so that an endpoint can be disabled and its cursor moved without a key.
func (s *stored) seal(tx *database.Tx, of secret) (string, error) {
	if text, known := s.texts[of]; known {
		return text, nil
	}
	text, err := tx.Secrets.Seal(string(of), Sealed.Place(string(s.tenant), s.ID)...)
	if err != nil {
		return "", fmt.Errorf("sealing the secret of %s: %w", s.name(), err)
	}
	return text, nil
}

// open returns the secret in a text of the endpoint's row.
func (s *stored) open(tx *database.Tx, text string) (secret, error) {
	opened, err := tx.Secrets.Open(text, Sealed.Place(string(s.tenant), s.ID)...)
	if err != nil {
		return "", fmt.Errorf("opening the secret of %s: %w", s.name(), err)
	}
	if s.texts == nil {
		s.texts = map[secret]string{}
	}
	s.texts[secret(opened)] = text
	return secret(opened), nil
}
