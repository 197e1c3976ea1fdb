package domain

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
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

// The longest ids, in characters. A customer's id fits into the vendor's CustomerCode.
const (
	maxCustomerID   = 40
	maxRecurrenceID = 64
	maxPackageID    = 64
)

var resourceID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*$`)

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

func checkID(field, text string, most int) error {
	if len(text) > most || !resourceID.MatchString(text) {
		return fault.InvalidField(field, reason.InvalidID,
			"must have 1 to %d letters, digits, '.', '_', '~' or '-' and begin with a letter or a digit", most)
	}
	return nil
}

// CustomerName is the resource name of a customer.
func CustomerName(customer CustomerID) string { return "customers/" + string(customer) }

// PackageName is the resource name of a package.
func PackageName(id PackageID) string { return "packages/" + string(id) }

// RecurrenceName is the resource name of a recurrence.
func RecurrenceName(customer CustomerID, recurrence RecurrenceID) string {
	return CustomerName(customer) + "/recurrences/" + string(recurrence)
}

// ChangeName is the resource name of the change that made a version of a recurrence.
func ChangeName(customer CustomerID, recurrence RecurrenceID, version Version) string {
	return RecurrenceName(customer, recurrence) + "/changes/" + strconv.FormatInt(int64(version), 10)
}

// ParseCustomerName reads `customers/{customer}`. An error is an Invalid fault on field.
func ParseCustomerName(field, name string) (CustomerID, error) {
	ids, err := parseName(field, name, "customers")
	if err != nil {
		return "", err
	}
	return CustomerID(ids[0]), nil
}

// ParsePackageName reads `packages/{package}`. An error is an Invalid fault on field.
func ParsePackageName(field, name string) (PackageID, error) {
	ids, err := parseName(field, name, "packages")
	if err != nil {
		return "", err
	}
	return PackageID(ids[0]), nil
}

// ParseRecurrenceName reads `customers/{customer}/recurrences/{recurrence}`. An error is an Invalid fault on field.
func ParseRecurrenceName(field, name string) (CustomerID, RecurrenceID, error) {
	ids, err := parseName(field, name, "customers", "recurrences")
	if err != nil {
		return "", "", err
	}
	return CustomerID(ids[0]), RecurrenceID(ids[1]), nil
}

// ParseChangeName reads `customers/{customer}/recurrences/{recurrence}/changes/{change}`. An error is an Invalid fault
// on field.
func ParseChangeName(field, name string) (CustomerID, RecurrenceID, Version, error) {
	ids, err := parseName(field, name, "customers", "recurrences", "changes")
	if err != nil {
		return "", "", 0, err
	}
	version, err := strconv.ParseInt(ids[2], 10, 64)
	if err != nil || version < 1 {
		return "", "", 0, fault.InvalidField(field, reason.InvalidName, "must end in the number of a change")
	}
	return CustomerID(ids[0]), RecurrenceID(ids[1]), Version(version), nil
}

func parseName(field, name string, collections ...string) ([]string, error) {
	parts := strings.Split(name, "/")
	matches := len(parts) == 2*len(collections)
	ids := make([]string, 0, len(collections))
	for i, collection := range collections {
		if !matches || parts[2*i] != collection || parts[2*i+1] == "" {
			return nil, fault.InvalidField(field, reason.InvalidName, "must be of the form %s", strings.Join(collections, "/{id}/")+"/{id}")
		}
		ids = append(ids, parts[2*i+1])
	}
	return ids, nil
}
