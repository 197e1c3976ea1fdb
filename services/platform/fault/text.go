package fault

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/continuo-billing/continuo/gen/reason"
)

// Text checks an optional text and reports whether it is valid: UTF-8 without U+0000, which the
// stores cannot hold, and at most `most` UTF-16 code units long, as the vendors count.
func (v *Violations) Text(field, text string, most int) bool {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		v.Add(field, reason.InvalidText, "must be valid text without the character U+0000")
		return false
	}
	return v.length(field, text, most)
}

// PlainText checks a text as Text does and also rejects control characters other than tabs and line
// ends.
func (v *Violations) PlainText(field, text string, most int) bool {
	short := v.length(field, text, most)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isForbiddenControl) {
		v.Add(field, reason.InvalidText, "must not contain control characters")
		return false
	}
	return short
}

func (v *Violations) length(field, text string, most int) bool {
	// A text has at least as many bytes as UTF-16 units, so a short one needs no counting.
	if len(text) <= most || Units(text) <= most {
		return true
	}
	v.Add(field, reason.TooLong, "must have at most %d characters", most)
	return false
}

// Units returns the length of a text in UTF-16 code units.
func Units(text string) int {
	units := 0
	for _, r := range text {
		units += utf16.RuneLen(r) // range yields U+FFFD for invalid bytes
	}
	return units
}

func isForbiddenControl(r rune) bool {
	return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r'
}
