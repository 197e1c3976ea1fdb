package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

func TestViolationsHaveFullPaths(t *testing.T) {
	var violations fault.Violations
	if !violations.None() || violations.Err() != nil {
		t.Fatal("a new collector must be empty")
	}
	if !violations.Require("id", true) || violations.Require("name", false) {
		t.Error("Require must report whether the field was given")
	}
	item := violations.In("items[%d]", 2)
	item.Add("amount", reason.OutOfRange, "must be at most %d", 9)
	item.Add("", reason.Repeated, "stands in the list twice")
	item.In("price").Add("currency", reason.UnknownCurrency, "must be a currency")
	if item.None() {
		t.Error("None must include violations of other collectors")
	}
	expect(t, item.Err(), []fault.Violation{
		{Field: "name", Reason: reason.Required, Description: "must be given"},
		{Field: "items[2].amount", Reason: reason.OutOfRange, Description: "must be at most 9"},
		{Field: "items[2]", Reason: reason.Repeated, Description: "stands in the list twice"},
		{Field: "items[2].price.currency", Reason: reason.UnknownCurrency, Description: "must be a currency"},
	})
}

func TestViolationsAreLimited(t *testing.T) {
	var violations fault.Violations
	for n := range 2 * fault.MaxViolations {
		violations.In("items[%d]", n).Require("id", false)
	}
	known, _ := fault.As(violations.Err())
	if len(known.Violations) != fault.MaxViolations || known.Violations[49].Field != "items[49].id" {
		t.Errorf("got %d violations, want the first %d", len(known.Violations), fault.MaxViolations)
	}
}

func TestCollectAddsViolations(t *testing.T) {
	var violations fault.Violations
	line := violations.In("line")
	if err := line.Collect(fault.Required("start_date")); err != nil {
		t.Errorf("Collect returned an Invalid fault: %v", err)
	}
	if err := line.Collect(nil); err != nil {
		t.Errorf("Collect(nil): got %v", err)
	}
	for _, other := range []error{errors.New("the store is lost"), fault.Missing("item", 7)} {
		if err := line.Collect(other); !errors.Is(err, other) {
			t.Errorf("Collect(%v): got %v", other, err)
		}
	}
	expect(t, violations.Err(), []fault.Violation{{Field: "line.start_date", Reason: reason.Required, Description: "must be given"}})
}

func TestTextChecks(t *testing.T) {
	const none = reason.Reason("")
	for _, test := range []struct {
		name, text  string
		text4, all4 reason.Reason
	}{
		{"empty", "", none, none},
		{"as long as it can be", "abcd", none, none},
		{"too long", "abcde", reason.TooLong, reason.TooLong},
		{"more bytes than characters", "ñéüß", none, none},
		{"two pairs of UTF-16 units", "😀😀", none, none},
		{"three pairs of UTF-16 units", "😀😀😀", reason.TooLong, reason.TooLong},
		{"lines and tabs", "a\r\n\t", none, none},
		{"a control character", "a\x01b", none, reason.InvalidText},
		{"U+0000", "a\x00b", reason.InvalidText, reason.InvalidText},
		{"bytes that are not UTF-8", "a\xff", reason.InvalidText, reason.InvalidText},
	} {
		t.Run(test.name, func(t *testing.T) {
			for check, want := range map[string]reason.Reason{"Text": test.text4, "PlainText": test.all4} {
				var violations fault.Violations
				right := violations.Text
				if check == "PlainText" {
					right = violations.PlainText
				}
				if right("text", test.text, 4) != (want == none) {
					t.Errorf("%s returned the wrong result", check)
				}
				var got reason.Reason
				if known, ok := fault.As(violations.Err()); ok {
					got = known.Reason
				}
				if got != want {
					t.Errorf("%s: got reason %q, want %q", check, got, want)
				}
			}
		})
	}
}

func TestRenameAndReword(t *testing.T) {
	cause := fmt.Errorf("field: %w", fault.Required("item"))
	renamed := fault.Rename(cause, strings.ToUpper)
	renamed = fault.Reword(renamed, map[reason.Reason]string{reason.Required: "is missing"})
	expect(t, renamed, []fault.Violation{{Field: "ITEM", Reason: reason.Required, Description: "is missing"}})
	if text := renamed.Error(); text != "ITEM: is missing" {
		t.Errorf("got message %q", text)
	}
	if missing := error(fault.Missing("item", 7)); !errors.Is(fault.Rename(missing, strings.ToUpper), missing) {
		t.Error("a fault without fields must be returned unchanged")
	}
}

func TestConstructorsOfSharedFaults(t *testing.T) {
	cause := errors.New("beneath")
	for _, test := range []struct {
		fault   *fault.Error
		kind    fault.Kind
		reason  reason.Reason
		message string
	}{
		{fault.Missing("recurring line", 7), fault.NotFound, reason.NotFound, "there is no recurring line 7"},
		{fault.Exists("item", "RMR"), fault.AlreadyExists, reason.AlreadyExists, "item RMR exists already"},
		{fault.EtagMismatch("item", "RMR"), fault.Conflict, reason.EtagMismatch, "item RMR has changed since it was read; read it again"},
		{fault.Stale("item", "RMR").Because(cause), fault.Conflict, reason.ConcurrentChange, "item RMR was changed at the same time; try again"},
		{fault.InUse("item", "RMR", "recurring lines", 2), fault.FailedPrecondition, reason.InUse, "item RMR is in use (recurring lines: 2) and cannot be deleted; it can be made inactive"},
		{fault.Required("item"), fault.Invalid, reason.Required, "item: must be given"},
		{fault.Unknown("item", "item", "X"), fault.Invalid, reason.NotFound, "item: there is no item X"},
	} {
		if !errors.Is(test.fault, test.kind) || test.fault.Reason != test.reason || test.fault.Message != test.message {
			t.Errorf("got %v %s %q, want %v %s %q", test.fault.Kind, test.fault.Reason, test.fault.Message, test.kind, test.reason, test.message)
		}
	}
	if !errors.Is(fault.Stale("item", "RMR").Because(cause), cause) {
		t.Error("errors.Is must find the cause of a fault")
	}
}

func expect(t *testing.T, err error, want []fault.Violation) {
	t.Helper()
	known, ok := fault.As(err)
	if !ok || len(known.Violations) != len(want) {
		t.Fatalf("got %v, want %d violations", err, len(want))
	}
	for i, v := range known.Violations {
		if v != want[i] {
			t.Errorf("violation %d: got %+v, want %+v", i, v, want[i])
		}
	}
}
