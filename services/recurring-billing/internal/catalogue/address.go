package catalogue

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Address is what stands below the name on an invoice, and where the invoice is sent. Every part may be empty.
type Address struct {
	// Company is the company, where the name is a person's or a department's.
	Company string `json:"company"`
	// Lines are street, building, floor; the empty ones stand last.
	Lines      [addressLines]string `json:"lines"`
	City       string               `json:"city"`
	State      string               `json:"state"`
	PostalCode string               `json:"postal_code"`
	// Country is an ISO 3166-1 code of two letters, empty for the seller's own.
	Country string `json:"country_code"`
	Email   string `json:"email"`
}

// addressLines is the most lines that an address has.
const addressLines = 3

// CheckAddress refuses an address whose parts are longer than they may be.
func CheckAddress(v *fault.Violations, a Address) {
	const in = "address."
	v.Text(in+"company", a.Company, MaxName)
	for i, line := range a.Lines {
		v.Text(fmt.Sprintf("%slines[%d]", in, i), line, maxAddressLine)
	}
	v.Text(in+"city", a.City, maxPlace)
	v.Text(in+"state", a.State, maxPlace)
	v.Text(in+"postal_code", a.PostalCode, maxPostalCode)
	v.Text(in+"region_code", a.Country, 2)
	v.Text(in+"email", a.Email, maxEmail)
}
