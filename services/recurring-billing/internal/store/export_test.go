package store

// Columns behind the fields of lists, for tests of query plans.
var (
	BillToFields     = billToFields
	InvoiceFields    = invoiceFields
	RunFields        = runFields
	CreditNoteFields = creditNoteFields
	LineFieldsFor    = lineFieldsFor
)
