package resourcename

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// maxIDCharacters is the maximum length of an id in characters.
const maxIDCharacters = 255

// ParseID checks the id that a caller chose for a new resource and returns it in NFC. An error is
// an Invalid fault on field.
func ParseID(field, id string) (string, error) {
	chosen, ok := normal(id)
	if !ok {
		return "", fault.InvalidField(field, reason.InvalidID,
			"must have 1 to %d characters, must not contain / or control or direction marks, and must not be -, . or ..", maxIDCharacters)
	}
	return chosen, nil
}

// normal returns an id in NFC, so that texts that look alike are the same id. It reports false if
// the text is not a valid id.
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

// isRefused reports whether ids must not contain a character: a path or line separator, or an
// invisible control.
func isRefused(r rune) bool {
	return r == '/' || unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
