// Package cfdi knows what the SAT asks of the receiver of a CFDI 4.0: its catalogues, as data with the
// days on which each code counts, and the form of an RFC. It uses no clock and no store.
//
// The catalogues are those of c_RegimenFiscal, c_UsoCFDI, c_FormaPago and c_MetodoPago, from public
// copies of the SAT's tables. What the SAT's filling guide says of generic RFCs and of payments in
// instalments is not part of them, so it makes warnings.
package cfdi

import (
	"strings"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Person is a kind of taxpayer.
type Person int

// The values of Person.
const (
	// Natural is a person, whose RFC has 13 characters.
	Natural Person = 1 << iota
	// Company is any other, whose RFC has 12.
	Company

	anyone = Natural | Company
)

// The generic RFCs: of the general public, and of foreigners.
const (
	PublicRFC  = "XAXX010101000"
	ForeignRFC = "XEXX010101000"
)

// Generic reports whether an RFC stands for many customers.
func Generic(rfc string) bool { return rfc == PublicRFC || rfc == ForeignRFC }

// PersonOf returns the kind of taxpayer that an RFC has the form of.
func PersonOf(rfc string) Person {
	if len([]rune(rfc)) == 13 {
		return Natural
	}
	return Company
}

// Code is an entry of a catalogue.
type Code struct {
	// Name is the entry's name, shortened.
	Name string
	// For are the kinds of taxpayer that it is for.
	For Person
	// Regimes are the receiver's regimes that a use goes with; nil for all, and for other catalogues.
	Regimes []string
	// From and Until are the first day on which it counts and the last; a zero Until means no end.
	From, Until date.Date
}

// On reports whether the entry counts on a day.
func (c Code) On(day date.Date) bool {
	return !day.Before(c.From) && (c.Until.IsZero() || !c.Until.Before(day))
}

// alphabet gives the value of each character of an RFC by its place.
const alphabet = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"

// CheckCharacter returns the check character that an RFC of valid form should end with.
func CheckCharacter(rfc string) byte {
	characters := []rune(rfc)
	leading := string(characters[:len(characters)-1])
	if len(characters) == 12 {
		leading = " " + leading
	}
	sum, weight := 0, 13
	for _, c := range leading {
		sum += weight * len([]rune(alphabet[:strings.IndexRune(alphabet, c)]))
		weight--
	}
	switch digit := 11 - sum%11; digit {
	case 11:
		return '0'
	case 10:
		return 'A'
	default:
		return byte('0' + digit)
	}
}

// Dated reports whether the date in an RFC of valid form exists, in one century at least.
func Dated(rfc string) bool {
	digits := rfc[strings.IndexAny(rfc, "0123456789"):]
	for _, century := range []string{"19", "20"} {
		if _, err := date.Parse(century + digits[:2] + "-" + digits[2:4] + "-" + digits[4:6]); err == nil {
			return true
		}
	}
	return false
}
