package search

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/continuo-billing/continuo/services/platform/listing"
)

// field is a field to search by.
type field struct {
	name string
	kind listing.Kind
}

// conditions returns the conditions under which the field begins with a text. Each is asked by
// itself, so that an index serves it. The first is that the field is the text, so that no limit on
// the others hides an exact match.
func (f field) conditions(text string) []listing.Condition {
	if f.kind == listing.Integer {
		return f.numbers(text)
	}
	var exact listing.Or
	conditions := []listing.Condition{nil}
	for _, spelling := range spellings(text) {
		exact = append(exact, listing.Is(f.name, spelling))
		conditions = append(conditions, listing.Prefix{Field: f.name, Prefix: spelling})
	}
	conditions[0] = exact
	return conditions
}

// spellings returns the text as it is, in capitals, in small letters and with capital initials.
func spellings(text string) []string {
	all := []string{text, strings.ToUpper(text), strings.ToLower(text), cases.Title(language.Und).String(text)}
	slices.Sort(all)
	return slices.Compact(all)
}

// numbers returns the conditions under which a number of up to 32 bits begins with the digits of a
// text. It returns nil if the text is not a positive number.
func (f field) numbers(text string) []listing.Condition {
	first, err := strconv.ParseInt(text, 10, 64)
	if err != nil || first < 1 || strconv.FormatInt(first, 10) != text {
		return nil
	}
	conditions := []listing.Condition{listing.Is(f.name, first)}
	var longer listing.Or
	for low, high := first, first; high <= math.MaxInt32; {
		low, high = low*10, high*10+9
		longer = append(longer, listing.And{
			listing.Compare{Field: f.name, Op: listing.GreaterEqual, Value: low},
			listing.Compare{Field: f.name, Op: listing.LessEqual, Value: high},
		})
	}
	if len(longer) > 0 {
		conditions = append(conditions, longer)
	}
	return conditions
}
