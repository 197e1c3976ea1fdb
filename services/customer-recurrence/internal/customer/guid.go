package customer

import (
	"fmt"

	"github.com/google/uuid"
)

// ID names a customer within its tenant: the vendor's client_id.
type ID string

// GUID is a UUID in its lower-case form of 36 characters, or empty for none.
type GUID string

// newGUID makes a GUID that nobody has used.
func newGUID() (GUID, error) {
	value, err := uuid.NewRandom()
	if err != nil {
		return "", fmt.Errorf("making a GUID: %w", err)
	}
	return GUID(value.String()), nil
}

// parseGUID reads the 36-character form in either case; an empty text is no GUID.
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
