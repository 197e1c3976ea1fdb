package domain

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/continuo-billing/continuo/services/platform/id"
)

// CustomerID names a customer within its tenant: the vendor's client_id.
type CustomerID string

// RecurrenceID names a recurrence within its customer.
type RecurrenceID string

// PackageID names a package within its tenant. A recurrence may name a package that does not exist here.
type PackageID string

// ServiceID names a service in the catalogue of the caller's CRM.
type ServiceID string

// Version counts the states of a customer, package or recurrence, from 1.
type Version int64

// Etag is the etag of a resource at the version.
func (v Version) Etag() string { return id.Etag(int64(v)) }

// GUID is a UUID in its lower-case form of 36 characters, or empty for none.
type GUID string

// NewGUID makes a GUID that nobody has used.
func NewGUID() (GUID, error) {
	value, err := uuid.NewRandom()
	if err != nil {
		return "", fmt.Errorf("making a GUID: %w", err)
	}
	return GUID(value.String()), nil
}

// ParseGUID reads the 36-character form in either case; an empty text is no GUID.
func ParseGUID(text string) (GUID, error) {
	if text == "" {
		return "", nil
	}
	value, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return "", fmt.Errorf("%q is not a GUID like 08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b", text)
	}
	return GUID(value.String()), nil
}
