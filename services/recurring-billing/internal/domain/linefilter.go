package domain

import "github.com/continuo-billing/continuo/services/platform/date"

// LineState is how far a line's life has come.
type LineState int

// The states that lines are listed by.
const (
	// AnyLine is every line.
	AnyLine LineState = iota
	// OpenLine has days that are still to be billed.
	OpenLine
	// EndedLine is billed up to its end date.
	EndedLine
	// CancelledLine is cancelled, whatever is still to be billed of it.
	CancelledLine
)

// LineFilter chooses lines: what is given must all be so, and the zero value chooses all.
type LineFilter struct {
	Customer CustomerID
	BillTo   BillToID
	Item     ItemCode
	Master   MasterAccountCode
	State    LineState
	// DueAsOf chooses open lines whose next cycle date lies on it or before.
	DueAsOf date.Date
}
