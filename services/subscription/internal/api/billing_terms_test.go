package api

import (
	"testing"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// TestImportedLengthsAreInRange reads imported billing terms, whose lengths must be positive and not too long.
func TestImportedLengthsAreInRange(t *testing.T) {
	month := &pb.TermLength{Months: 1}
	for name, c := range map[string]struct {
		every, bound *pb.TermLength
		field        string
	}{
		"months":        {every: month, bound: month},
		"the longest":   {every: &pb.TermLength{Months: 120, Days: 3650}, bound: month},
		"none":          {bound: month, field: "subscription.billing_terms[0].cycle_length"},
		"negative days": {every: month, bound: &pb.TermLength{Months: 1, Days: -1}, field: "subscription.billing_terms[0].binding.length"},
		"negative":      {every: &pb.TermLength{Months: -1}, bound: month, field: "subscription.billing_terms[0].cycle_length"},
		"many months":   {every: month, bound: &pb.TermLength{Months: 121}, field: "subscription.billing_terms[0].binding.length"},
		"many days":     {every: &pb.TermLength{Days: 3651}, bound: month, field: "subscription.billing_terms[0].cycle_length"},
	} {
		var r reading
		r.termsHistory([]*pb.BillingTerms{{Scheme: "billingTermSchemes/s", CycleLength: c.every, Binding: &pb.BindingPeriod{Length: c.bound}}})
		known, refused := fault.As(r.Err())
		if refused != (c.field != "") || refused && (len(known.Violations) != 1 || known.Violations[0].Field != c.field || known.Violations[0].Reason != reason.OutOfRange) {
			t.Errorf("%s: got %v, want a violation of %q", name, r.Err(), c.field)
		}
	}
}
