package api

import (
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// The names of the resources.
var (
	itemNames       = resourcename.MustCompile("items/{item}")
	billToNames     = resourcename.MustCompile("billTos/{bill_to}")
	masterNames     = resourcename.MustCompile("masterAccounts/{master_account}")
	lineNames       = resourcename.MustCompile("recurringLines/{recurring_line}")
	runNames        = resourcename.MustCompile("cycleRuns/{cycle_run}")
	invoiceNames    = resourcename.MustCompile("invoices/{invoice}")
	creditNoteNames = resourcename.MustCompile("creditNotes/{credit_note}")
)
