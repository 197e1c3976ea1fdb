package billing_test

import (
	"reflect"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// drawDue draws all that can be due: lines with pauses and with days to bill again, credits and one-off
// charges.
func drawDue(t *rapid.T, asOf date.Date) billing.Due {
	lines := drawLines(t)
	for i := range lines {
		line := &lines[i]
		line.Paused = drawPauses(t, line.Start)
		if rapid.Bool().Draw(t, "is billed again") {
			line.Unbilled = line.Start.AddDays(400)
			line.Again = []billing.Span{{Start: line.Start.AddDays(10), End: line.Start.AddDays(100)}, {Start: line.Start.AddDays(150), End: line.Start.AddDays(300)}}
		}
	}
	return billing.Due{Lines: lines, Credits: drawCredits(t), OneOffs: drawOneOffs(t, asOf)}
}

// billed returns the invoices of what is due, and leaves due as it is.
func billed(due billing.Due, asOf date.Date) []billing.Statement {
	due.Lines, due.Credits, due.OneOffs = slices.Clone(due.Lines), slices.Clone(due.Credits), slices.Clone(due.OneOffs)
	invoices, _ := billing.Bill(due, asOf)
	return invoices
}

// extend appends to a slice of an invoice. It must copy the slice.
func extend[T any](all []T) {
	var none T
	_ = append(all, none)
}

// An invoice stays as it is when Bill is called again, and when another invoice is appended to or
// written to.
func TestInvoicesShareNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asOf := date.MustNew(2024, 6, 1)
		due, other := drawDue(t, asOf), drawDue(t, asOf)
		want, got := billed(due, asOf), billed(due, asOf)
		same := func(after string) {
			if !reflect.DeepEqual(want, got) {
				t.Fatalf("after %s (-want +got):\n%s", after, gocmp.Diff(want, got, gocmp.Comparer(func(a, b date.Date) bool { return a == b })))
			}
		}
		billed(other, asOf)
		same("another call")
		for _, invoice := range got {
			extend(invoice.Items)
			extend(invoice.Lines)
			extend(invoice.OneOffs)
			for _, item := range invoice.Items {
				extend(item.Parts)
			}
			for _, line := range invoice.Lines {
				extend(line.Parts)
				extend(line.Rest)
			}
		}
		same("appends")
		for i, invoice := range got {
			for _, item := range invoice.Items {
				clear(item.Parts)
			}
			for _, line := range invoice.Lines {
				clear(line.Parts)
				clear(line.Rest)
			}
			clear(invoice.Items)
			clear(invoice.Lines)
			clear(invoice.OneOffs)
			got[i] = want[i]
			same("writes to an invoice")
		}
	})
}
