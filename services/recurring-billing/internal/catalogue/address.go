package catalogue

import (
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Address is a postal address. It is printed below the name on an invoice. Every part may be empty.
type Address struct {
	// Company is the company, if the name is that of a person or a department.
	Company string `json:"company"`
	// Lines are street, building and floor; empty lines come last.
	Lines      [addressLines]string `json:"lines"`
	City       string               `json:"city"`
	State      string               `json:"state"`
	PostalCode string               `json:"postal_code"`
	// Country is an ISO 3166-1 alpha-2 code, or empty for the seller's own country.
	Country string `json:"country_code"`
	Email   string `json:"email"`
}

// addressLines is the number of lines of an address.
const addressLines = 3

// IsCountry reports whether a code has the form of one of ISO 3166-1 alpha-2.
func IsCountry(code string) bool {
	return len(code) == 2 && 'A' <= code[0] && code[0] <= 'Z' && 'A' <= code[1] && code[1] <= 'Z'
}

// CheckAddress adds a violation for each part of the address that is too long, for a country that is not
// two letters, and for an e-mail address that is not one.
func CheckAddress(v *fault.Violations, a Address) {
	const in = "address."
	v.Text(in+"company", a.Company, MaxName)
	for i, line := range a.Lines {
		v.Text(fmt.Sprintf("%slines[%d]", in, i), line, maxAddressLine)
	}
	v.Text(in+"city", a.City, maxPlace)
	v.Text(in+"state", a.State, maxPlace)
	v.Text(in+"postal_code", a.PostalCode, maxPostalCode)
	if a.Country != "" && !IsCountry(a.Country) {
		v.Add(in+"region_code", reason.UnknownValue, "must be two letters of ISO 3166, such as US")
	}
	v.Email(in+"email", a.Email)
}
