package fault

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/continuo-billing/continuo/gen/reason"
)

// The lengths of an e-mail address and its parts, in bytes as they are sent (RFC 5321).
const (
	maxEmail = 254
	maxLocal = 64
	maxLabel = 63
)

// Email checks an optional e-mail address. Both parts may have letters of any script, as in
// `josé@ejemplo.mx` and `ana@mañana.mx` (RFC 6531). Quoted local parts, comments and addresses in
// brackets are refused, since mail servers hardly accept them.
func (v *Violations) Email(field, address string) bool {
	if address == "" || isEmail(address) {
		return true
	}
	v.Add(field, reason.InvalidValue, "must be an e-mail address of at most %d bytes, such as ana@example.com", maxEmail)
	return false
}

func isEmail(address string) bool {
	local, domain, found := strings.Cut(address, "@")
	if !found || len(address) > maxEmail || !utf8.ValidString(address) || len(local) > maxLocal {
		return false
	}
	return dotted(local, isLocal) && dotted(domain, isDomain)
}

// dotted reports whether a text consists of labels with dots between them that all pass a test.
func dotted(text string, valid func(label string) bool) bool {
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || !valid(label) {
			return false
		}
	}
	return true
}

func isLocal(label string) bool {
	return !strings.ContainsFunc(label, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r) || strings.ContainsRune(`"(),:;<>@[\]`, r)
	})
}

func isDomain(label string) bool {
	if len(label) > maxLabel || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
		return false
	}
	return !strings.ContainsFunc(label, func(r rune) bool {
		return r != '-' && !unicode.In(r, unicode.L, unicode.M, unicode.Nd)
	})
}
