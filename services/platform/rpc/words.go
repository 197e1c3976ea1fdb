package rpc

import (
	"fmt"
	"regexp"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// described says what to write for a field that breaks a rule. The rules' own messages are told where they say so.
func described(v *protovalidate.Violation) string {
	if v.FieldDescriptor != nil && v.RuleDescriptor != nil {
		switch v.RuleDescriptor.FullName() {
		case "buf.validate.StringRules.pattern":
			if words, known := wordsOf(v.RuleValue.String()); known {
				return words
			}
		case "buf.validate.EnumRules.not_in", "buf.validate.EnumRules.defined_only":
			if enum := v.FieldDescriptor.Enum(); enum != nil {
				return "must be one of " + strings.Join(choices(enum, v), ", ")
			}
		}
	}
	return v.Proto.GetMessage()
}

// choices are the values that an enum has, but for the one that says nothing where the rule is that something is said.
func choices(enum protoreflect.EnumDescriptor, v *protovalidate.Violation) []string {
	var names []string
	for i := range enum.Values().Len() {
		if value := enum.Values().Get(i); value.Number() != 0 || v.RuleDescriptor.Name() == "defined_only" {
			names = append(names, string(value.Name()))
		}
	}
	return names
}

const id = "must be an id: a letter or a digit, and after it at most %s letters, digits and characters of %s"

// patternWords say what the patterns of the API mean that are no resource names.
var patternWords = map[string]string{
	`[^/[:cntrl:]]+`:                     "must have no slash and no control characters",
	`[0-9]{4}-(0[1-9]|1[0-2])`:           "must be a month like 2026-02",
	`[1-9][0-9]{0,9}`:                    "must be a number from 1 to 2147483647",
	`[A-Z]{2}`:                           "must be two capital letters, like MX",
	`([A-Z]{2})?`:                        "must be two capital letters, like MX",
	`([A-Z]{3})?`:                        "must be three capital letters, like USD",
	`[A-Za-z0-9][A-Za-z0-9-]{0,62}`:      fmt.Sprintf(id, "62", "-"),
	`[A-Za-z0-9][A-Za-z0-9._~-]{0,39}`:   fmt.Sprintf(id, "39", "._~-"),
	`[A-Za-z0-9][A-Za-z0-9._~-]{0,63}`:   fmt.Sprintf(id, "63", "._~-"),
	`([A-Za-z0-9][A-Za-z0-9._-]{0,99})?`: fmt.Sprintf(id, "99", "._-"),
	`[A-Z&Ñ]{3,4}[0-9]{2}(0[1-9]|1[012])(0[1-9]|[12][0-9]|3[01])[A-Z0-9]{2}[0-9A]`:                   "must be an RFC, like XAXX010101000",
	`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})`: "must be an instant like 2026-02-01T12:00:00Z",
}

// Parts of a resource name's pattern: a collection, and the id in it.
var (
	collection = regexp.MustCompile(`^[a-z][A-Za-z]*/`)
	digits     = regexp.MustCompile(`^\[[01]-9\](\[0-9\])?\{[0-9]+,[0-9]+\}(-\[0-9\]\{[0-9]+,[0-9]+\})?`)
	text       = regexp.MustCompile(`^(\[A-Za-z0-9\]\[[^\]]*\]|\[0-9A-Za-z-\]|\[\^/\[:cntrl:\]\])\{[0-9]+,[0-9]+\}`)
)

// wordsOf says what a pattern means: that of a resource name by an example.
func wordsOf(pattern string) (words string, known bool) {
	pattern = strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$")
	if words, known = patternWords[pattern]; known {
		return words, true
	}
	var example strings.Builder
	for rest := pattern; rest != ""; {
		name := collection.FindString(rest)
		rest = rest[len(name):]
		number, word := digits.FindString(rest), text.FindString(rest)
		switch {
		case name == "" || number == "" && word == "":
			return "", false
		case number != "":
			example.WriteString(name + "1")
			rest = rest[len(number):]
		default:
			example.WriteString(name + "A1")
			rest = rest[len(word):]
		}
		if after, more := strings.CutPrefix(rest, "/"); more {
			example.WriteByte('/')
			rest = after
		}
	}
	return "must be a name like " + example.String(), true
}
