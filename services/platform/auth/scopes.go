package auth

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is a kind of methods that a caller may call. No scope contains another.
type Scope string

// The scopes.
const (
	Read  Scope = "read"
	Write Scope = "write"
	Bill  Scope = "bill"
	Admin Scope = "admin"
)

// Scopes are scopes separated by commas, each for all services, such as `read`, or for one, such as
// `recurring-billing:read`.
type Scopes string

// AllScopes permits everything.
const AllScopes Scopes = "read,write,bill,admin"

// services are the services that a scope can be restricted to.
var services = []string{"customer-recurrence", "subscription", "recurring-billing"}

// ParseScopes checks scopes. At least one must be given.
func ParseScopes(text string) (Scopes, error) {
	for word := range strings.SplitSeq(text, ",") {
		service, scope, restricted := strings.Cut(word, ":")
		if !restricted {
			service, scope = "", word
		}
		if restricted && !slices.Contains(services, service) {
			return "", fmt.Errorf("the scope %q must name one of the services %s", word, strings.Join(services, ", "))
		}
		if !slices.Contains([]Scope{Read, Write, Bill, Admin}, Scope(scope)) {
			return "", fmt.Errorf("the scope %q must be read, write, bill or admin, or SERVICE:SCOPE", word)
		}
	}
	return Scopes(text), nil
}

// Permit reports whether the scopes contain a scope of a service.
func (s Scopes) Permit(service string, scope Scope) bool {
	for word := range strings.SplitSeq(string(s), ",") {
		of, restrictedTo, restricted := strings.Cut(word, ":")
		if !restricted && word == string(scope) || restricted && of == service && restrictedTo == string(scope) {
			return true
		}
	}
	return false
}
