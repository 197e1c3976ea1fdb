package customer

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/continuo-billing/continuo/services/platform/id"
)

// ID identifies a customer within its tenant: the vendor's client_id. It is in NFC.
type ID string

// NewID returns a text as an ID.
func NewID(text string) ID { return ID(id.Normal(text)) }

// GUID is a UUID in lower case, 36 characters, or empty if not set.
type GUID string

// newGUID returns a random GUID.
func newGUID() (GUID, error) {
	value, err := uuid.NewRandom()
	if err != nil {
		return "", fmt.Errorf("generating a GUID: %w", err)
	}
	return GUID(value.String()), nil
}

// parseGUID parses the 36-character form in either case. An empty text gives an empty GUID.
func parseGUID(text string) (GUID, error) {
	if text == "" {
		return "", nil
	}
	value, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return "", fmt.Errorf("%q is not a GUID like 08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b", text)
	}
	return GUID(value.String()), nil
}
