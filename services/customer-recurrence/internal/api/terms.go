package api

import (
	googledate "google.golang.org/genproto/googleapis/type/date"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

// The states and cycles of messages. What was recorded before recurrences had a state has none.
var (
	states = map[recurrence.State]customerrecurrencev1.RecurrenceState{
		recurrence.Draft:      customerrecurrencev1.RecurrenceState_RECURRENCE_STATE_DRAFT,
		recurrence.Active:     customerrecurrencev1.RecurrenceState_RECURRENCE_STATE_ACTIVE,
		recurrence.Paused:     customerrecurrencev1.RecurrenceState_RECURRENCE_STATE_PAUSED,
		recurrence.Cancelling: customerrecurrencev1.RecurrenceState_RECURRENCE_STATE_CANCELLING,
		recurrence.Cancelled:  customerrecurrencev1.RecurrenceState_RECURRENCE_STATE_CANCELLED,
	}
	cycles = map[recurrence.Cycle]customerrecurrencev1.RecurrenceCycle{
		recurrence.Monthly:    customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_MONTHLY,
		recurrence.Quarterly:  customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_QUARTERLY,
		recurrence.Semiannual: customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_SEMIANNUAL,
		recurrence.Annual:     customerrecurrencev1.RecurrenceCycle_RECURRENCE_CYCLE_ANNUAL,
	}
	stateOf = inverse(states)
	cycleOf = inverse(cycles)
)

// inverse returns the inverse of a map.
func inverse[K, V comparable](table map[K]V) map[V]K {
	back := make(map[V]K, len(table))
	for key, value := range table {
		back[value] = key
	}
	return back
}

func termsMessage(terms *recurrence.Terms) *customerrecurrencev1.RecurrenceTerms {
	if terms == nil {
		return nil
	}
	return &customerrecurrencev1.RecurrenceTerms{
		State: states[terms.State], UndoState: states[terms.UndoState], Cycle: cycles[terms.Cycle],
		StartDate: gtype.Date(terms.StartDate), PaidUntilDate: gtype.Date(terms.PaidUntil), EndDate: gtype.Date(terms.EndDate),
	}
}

// termsOf parses imported terms. Paths in errors begin with at.
func termsOf(at string, m *customerrecurrencev1.RecurrenceTerms) (_ *recurrence.Terms, err error) {
	if m == nil {
		return nil, nil
	}
	terms := &recurrence.Terms{State: stateOf[m.GetState()], UndoState: stateOf[m.GetUndoState()]}
	if err := readTerms(at, m, terms); err != nil {
		return nil, err
	}
	terms.EndDate, err = day(at+"end_date", m.GetEndDate())
	return terms, err
}

// dated is a message with the terms that callers can set.
type dated interface {
	GetCycle() customerrecurrencev1.RecurrenceCycle
	GetStartDate() *googledate.Date
	GetPaidUntilDate() *googledate.Date
}

// readTerms copies the terms that callers can set. Paths in errors begin with at.
func readTerms(at string, m dated, into *recurrence.Terms) (err error) {
	if into.Cycle = cycleOf[m.GetCycle()]; into.Cycle == "" {
		into.Cycle = recurrence.Monthly
	}
	if into.StartDate, err = day(at+"start_date", m.GetStartDate()); err != nil {
		return err
	}
	into.PaidUntil, err = day(at+"paid_until_date", m.GetPaidUntilDate())
	return err
}

// day parses a date. Errors are Invalid faults on field.
func day(field string, m *googledate.Date) (date.Date, error) {
	read, err := gtype.FromDate(m)
	if err != nil {
		return date.Date{}, fault.InvalidField(field, reason.InvalidDate, "must be a date with year, month and day")
	}
	return read, nil
}
