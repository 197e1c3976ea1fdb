package rpc_test

import (
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// TestTextRulesDescribeValidText checks that the rules for texts describe what is valid.
func TestTextRulesDescribeValidText(t *testing.T) {
	for rule, want := range map[protoreflect.ExtensionType]string{
		optionsv1.E_BillToName:          "must be a name like billTos/1",
		optionsv1.E_InvoiceName:         "must be a name like invoices/A1",
		optionsv1.E_ItemName:            "must be a name like items/A1",
		optionsv1.E_ThreeLetters:        "must be three capital letters, like USD",
		optionsv1.E_DeadLetterName:      "must be a name like webhookEndpoints/A1/deadLetters/1",
		optionsv1.E_WebhookEndpointName: "must be a name like webhookEndpoints/A1",
		optionsv1.E_WebhookEndpointId:   "must be an id: a letter or a digit, and after it at most 62 letters, digits and characters of -",
	} {
		predefined, _ := proto.GetExtension(rule.TypeDescriptor().Options(), validate.E_Predefined).(*validate.PredefinedRules)
		if got := predefined.GetCel()[0].GetMessage(); got != want {
			t.Errorf("%s: got %q, want %q", rule.TypeDescriptor().FullName(), got, want)
		}
	}
}

// TestValidateAppliesTextRules checks that a text that violates a rule is rejected with the rule's
// message, alone or in a list.
func TestValidateAppliesTextRules(t *testing.T) {
	err := rpc.Validate(&recurringbillingv1.CycleRunFilter{Items: []string{"items/A", "items"}})
	want := fault.Violation{Field: "items[1]", Reason: reason.InvalidValue, Description: "must be a name like items/A1"}
	if known, ok := fault.As(err); !ok || len(known.Violations) != 1 || known.Violations[0] != want {
		t.Errorf("got %v, want %v", err, want)
	}
}

// TestMessagesHaveNoBarePatterns checks that no native message uses a bare pattern, whose error
// would show a regular expression.
func TestMessagesHaveNoBarePatterns(t *testing.T) {
	seen := 0
	var look func(messages protoreflect.MessageDescriptors)
	look = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			look(messages.Get(i).Messages())
			for j := range messages.Get(i).Fields().Len() {
				field := messages.Get(i).Fields().Get(j)
				rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
				for _, text := range []*validate.StringRules{rules.GetString(), rules.GetRepeated().GetItems().GetString(), rules.GetMap().GetValues().GetString()} {
					if text.GetPattern() != "" {
						t.Errorf("%s: the pattern %s has no description; use a rule of continuo/options/v1/rules.proto", field.FullName(), text.GetPattern())
					}
					proto.RangeExtensions(text, func(protoreflect.ExtensionType, any) bool { seen++; return true })
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
		t.Errorf("got %d rules for texts", seen)
	}
}
