package line

import (
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// State is how far a line's life has come.
type State int

// The states that lines are listed by.
const (
	// Any is every line.
	Any State = iota
	// Open has days that are still to be billed.
	Open
	// Ended is billed up to its end date.
	Ended
	// Cancelled is cancelled, whatever is still to be billed of it.
	Cancelled
)

// Filter chooses lines: what is given must all be so, and the zero value chooses all.
type Filter struct {
	Customer catalogue.CustomerID
	BillTo   catalogue.BillToID
	Item     catalogue.ItemCode
	Master   catalogue.MasterAccountCode
	State    State
	// DueAsOf chooses open lines whose next cycle date lies on it or before.
	DueAsOf date.Date
}
