package rpc

import (
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
)

func TestPatternsAreToldByWhatToWrite(t *testing.T) {
	for pattern, want := range map[string]string{
		`^billTos/[1-9][0-9]{0,9}$`:               "must be a name like billTos/1",
		`^invoices/[0-9A-Za-z-]{1,40}$`:           "must be a name like invoices/A1",
		`^items/[^/[:cntrl:]]{1,25}$`:             "must be a name like items/A1",
		`^users/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`: "must be a name like users/A1",
		`^[0-9]{4}-(0[1-9]|1[0-2])$`:              "must be a month like 2026-02",
		`^([A-Z]{3})?$`:                           "must be three capital letters, like USD",
		`^customers/[A-Za-z0-9][A-Za-z0-9._~-]{0,39}/recurrences/[A-Za-z0-9][A-Za-z0-9._~-]{0,63}/changes/[1-9][0-9]{0,17}$`: "must be a name like customers/A1/recurrences/A1/changes/1",
		`^webhookEndpoints/[A-Za-z0-9][A-Za-z0-9-]{0,62}/deadLetters/[0-9]{1,19}-[0-9]{1,19}$`:                               "must be a name like webhookEndpoints/A1/deadLetters/1",
	} {
		if got, known := wordsOf(pattern); !known || got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
	if got, known := wordsOf("^[a-z]+$"); known {
		t.Errorf("a pattern that nobody knows: %q", got)
	}
}

// TestEveryPatternHasWords: no native message refuses a text by showing a regular expression.
func TestEveryPatternHasWords(t *testing.T) {
	seen := 0
	var look func(messages protoreflect.MessageDescriptors)
	look = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			look(messages.Get(i).Messages())
			for j := range messages.Get(i).Fields().Len() {
				field := messages.Get(i).Fields().Get(j)
				rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
				for _, text := range []*validate.StringRules{rules.GetString(), rules.GetRepeated().GetItems().GetString(), rules.GetMap().GetValues().GetString()} {
					if text.GetPattern() == "" {
						continue
					}
					seen++
					if _, known := wordsOf(text.GetPattern()); !known {
						t.Errorf("%s: nothing is said of %s", field.FullName(), text.GetPattern())
					}
				}
			}
		}
	}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(file.Package()), "continuo.") {
			look(file.Messages())
		}
		return true
	})
	if seen < 50 {
		t.Errorf("%d patterns seen", seen)
	}
}
