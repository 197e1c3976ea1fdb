package domain

import (
	"strings"
	"unicode"
)

// Names of fields in violations.
const (
	FieldCustomer = "customer_id"
	FieldBillTo   = "bill_to"
)

// Lengths of texts, in UTF-16 units, as the Sedona pages and the framework behind them count.
const (
	maxCode              = 25
	maxBillToName        = 60
	maxItemDescription   = 50
	maxMasterDescription = 60
	maxAddressLine       = 60
	maxPlace             = 50
	maxPostalCode        = 20
	maxEmail             = 254
)

// checkNewCode refuses a code that cannot be part of a resource's name, or that would be mistaken for another.
func checkNewCode(v *violations, field, code string) {
	switch {
	case code == "":
		v.add(field, "REQUIRED", "must be given")
	case !v.checkText(field, code, maxCode):
	case strings.ContainsRune(code, '/') || strings.ContainsFunc(code, unicode.IsControl):
		v.add(field, "MALFORMED_CODE", "must have no slash and no control characters")
	case strings.TrimSpace(code) != code:
		v.add(field, "MALFORMED_CODE", "must not begin or end with a blank")
	}
}
