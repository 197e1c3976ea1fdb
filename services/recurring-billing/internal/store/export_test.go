package store

// Columns behind the fields of lists, for tests of query plans.
var (
	BillToFields     = billToFields
	InvoiceFields    = invoiceFields
	RunFields        = runFields
	CreditNoteFields = creditNoteFields
	LineFieldsFor    = lineFieldsFor
)

// Statements of Figures that must not read all rows.
const (
	EndedRuns = endedRuns
	EndedJobs = endedJobs
)
