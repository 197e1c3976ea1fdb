package openapi

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, heading, rest string }{
		{"Reads an item.", "Reads an item", ""},
		{"Reads an item.\n\nErrors: NOT_FOUND.", "Reads an item", "Errors: NOT_FOUND."},
		{"Updates a line (vendor page `PUT a`). Only some.", "Updates a line", "Updates a line (vendor page `PUT a`). Only some."},
		{"Costs 1.5 a month. Always.", "Costs 1.5 a month", "Always."},
		{"No stop", "No stop", ""},
	} {
		if heading, rest := split(test.text); heading != test.heading || rest != test.rest {
			t.Errorf("%q: got %q and %q", test.text, heading, rest)
		}
	}
}

func TestCommentsAreReflowed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"one\ntwo":                       "one two",
		"one\ntwo\n\nthree\nfour":        "one two\n\nthree four",
		"one:\n- two\n  three\n- four\n": "one:\n- two three\n- four",
		"":                               "",
	} {
		d := &description{API: API{Comment: func(protoreflect.Descriptor) string { return text }}}
		if got := d.comment(nil); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
