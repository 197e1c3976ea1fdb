package resourcename

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// maxIDCharacters is the length of the longest id.
const maxIDCharacters = 255

// ParseID is an id that a caller chooses for a new resource, in NFC: what a path can carry. An error is an Invalid fault
// on field.
func ParseID(field, id string) (string, error) {
	chosen, ok := normal(id)
	if !ok {
		return "", fault.InvalidField(field, reason.InvalidID,
			"must have 1 to %d characters, none of them / or a control or direction mark, and must not be -, . or ..", maxIDCharacters)
	}
	return chosen, nil
}

// normal is an id in NFC, false for a text that is none. Texts that look alike are one id that way.
func normal(id string) (string, bool) {
	if !utf8.ValidString(id) || len(id) > 4*utf8.UTFMax*maxIDCharacters {
		return "", false
	}
	id = norm.NFC.String(id)
	switch id {
	case "", Any, ".", "..":
		return "", false
	}
	return id, utf8.RuneCountInString(id) <= maxIDCharacters && !strings.ContainsFunc(id, isRefused)
}

// isRefused reports that no id has a character: a separator of segments or lines, or one that hides what is shown.
func isRefused(r rune) bool {
	return r == '/' || unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
