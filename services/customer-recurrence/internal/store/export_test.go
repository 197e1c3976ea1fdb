package store

// Columns behind the fields of lists, for tests of query plans.
var (
	CustomerColumns   = customerColumns
	PackageColumns    = packageColumns
	RecurrenceColumns = recurrenceColumns
	ServiceColumns    = serviceColumns
)
