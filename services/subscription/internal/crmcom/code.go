package crmcom

import (
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// readCode returns the known code that a text spells, with its underscores or without them, as older
// pages of the vendor print it. An empty text is the empty code; any other is an UNKNOWN_VALUE fault on
// field.
func readCode[C ~string](field, text string, known ...C) (C, error) {
	for _, code := range known {
		if bare(text) == bare(string(code)) {
			return code, nil
		}
	}
	if text == "" {
		return "", nil
	}
	names := make([]string, len(known))
	for i, code := range known {
		names[i] = string(code)
	}
	return "", fault.InvalidField(field, reason.UnknownValue, "%q is none of %s", text, strings.Join(names, ", "))
}

func bare(code string) string { return strings.ReplaceAll(code, "_", "") }
