package catalogue_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// The address of an account, of a seller, and of either in a document from before is checked alike, whichever face it comes from.
func TestAddressesAreCheckedAlike(t *testing.T) {
	for name, test := range map[string]struct {
		address catalogue.Address
		field   string
		reason  reason.Reason
	}{
		"none":                 {},
		"a country":            {address: catalogue.Address{Country: "PL", PostalCode: "00-950"}},
		"the longest":          {address: catalogue.Address{City: strings.Repeat("c", 60), State: strings.Repeat("s", 60), PostalCode: strings.Repeat("9", 26)}},
		"signs for a country":  {catalogue.Address{Country: "1!"}, "address.region_code", reason.UnknownValue},
		"small letters":        {catalogue.Address{Country: "us"}, "address.region_code", reason.UnknownValue},
		"letters of no ASCII":  {catalogue.Address{Country: "É"}, "address.region_code", reason.UnknownValue},
		"three letters":        {catalogue.Address{Country: "USA"}, "address.region_code", reason.UnknownValue},
		"a city too long":      {catalogue.Address{City: strings.Repeat("c", 61)}, "address.city", reason.TooLong},
		"a code too long":      {catalogue.Address{PostalCode: strings.Repeat("9", 27)}, "address.postal_code", reason.TooLong},
		"a state that is long": {catalogue.Address{State: strings.Repeat("s", 61)}, "address.state", reason.TooLong},
	} {
		t.Run(name, func(t *testing.T) {
			billTo := catalogue.BillTo{Customer: 1, DisplayName: "Ann", Address: test.address}
			profile := invoice.Profile{DisplayName: "Seller", Address: test.address}
			for of, err := range map[string]error{"bill-to": billTo.Check(), "profile": profile.Check()} {
				var found *fault.Error
				switch {
				case test.field == "" && err != nil:
					t.Errorf("%s: %v", of, err)
				case test.field == "":
				case !errors.As(err, &found) || len(found.Violations) != 1 || found.Violations[0].Field != test.field || found.Violations[0].Reason != test.reason:
					t.Errorf("%s: %v, want %s %v", of, err, test.field, test.reason)
				}
			}
		})
	}
}
