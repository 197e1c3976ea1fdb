package catalogue

import (
	"strings"
	"unicode"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// CheckCustomer adds a violation if customer is not a valid customer number.
func CheckCustomer(v *fault.Violations, customer CustomerID) {
	if customer <= 0 {
		v.Add(FieldCustomer, reason.Required, "must be the number of a customer, 1 or more")
	}
}

// Field names in violations.
const (
	// FieldID is the field of a resource's number or code.
	FieldID       = "id"
	FieldCustomer = "customer_id"
	FieldBillTo   = "bill_to"
)

// Maximum lengths of texts in UTF-16 units, as Sedona counts them.
const (
	MaxCode              = 25
	MaxName              = 60
	maxItemDescription   = 50
	maxMasterDescription = 60
	maxAddressLine       = 60
	maxPlace             = 60
	// A code, a dash and an extension.
	maxPostalCode = 15 + 1 + 10
	maxPhone      = 25
)

// CheckWord adds a violation if a text is too long or has control characters. It may be empty.
func CheckWord(v *fault.Violations, field, text string, longest int) {
	if v.Text(field, text, longest) && strings.ContainsFunc(text, unicode.IsControl) {
		v.Add(field, reason.InvalidText, "must have no control characters")
	}
}

// Sedona's codes for none.
const (
	NoCode = "N/A"
	NoJob  = "000"
)

// OtherCode returns a code of another system, such as a branch, without blanks at its end, and empty if it
// is the code for none in any spelling.
func OtherCode(code, none string) string {
	if code = strings.TrimRight(code, " "); strings.EqualFold(code, none) {
		return ""
	}
	return code
}

// checkNewCode adds a violation for a code that cannot be part of a resource name, or that could be
// mistaken for another.
func checkNewCode(v *fault.Violations, field, code string) {
	switch {
	case code == "":
		v.Add(field, reason.Required, "must be given")
	case !v.Text(field, code, MaxCode):
	case strings.ContainsRune(code, '/') || strings.ContainsFunc(code, unicode.IsControl):
		v.Add(field, reason.InvalidID, "must have no slash and no control characters")
	case strings.TrimSpace(code) != code:
		v.Add(field, reason.InvalidID, "must not begin or end with a blank")
	}
}

// key returns a code in the form in which codes are compared: in NFC, without regard to case and
// trailing blanks. Sedona's database compares them so.
func key(code string) string { return strings.ToUpper(strings.TrimRight(id.Normal(code), " ")) }
