package store

import (
	"maps"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// The columns behind the fields of lists.
var (
	itemFields = map[string]string{
		"name": "code", "number": "id", "description": "description", "category_code": "category_code", "inactive": "inactive",
		"create_time": "created", "update_time": "updated",
	}
	billToFields = map[string]string{
		"name": "id", "customer_id": "customer_id", "display_name": "display_name", "inactive": "inactive",
		"create_time": "created", "update_time": "updated",
	}
	masterFields = map[string]string{
		"name": "code", "number": "id", "customer_id": "customer_id", "bill_to": "bill_to_id", "inactive": "inactive",
		"create_time": "created", "update_time": "updated",
	}
	lineFields = map[string]string{
		"name": "l.id", "customer_id": "customer_id", "bill_to": "bill_to_id", "site_id": "site_id", "system_id": "system_id",
		"item": "item_code", "master_item": "master_item_code", "master_account": "master_account_code", "bill_cycle": "bill_cycle",
		"billing_timing": "COALESCE(timing, '')", "job_code": "job_code", "branch_code": "branch_code",
		"last_pause.from_date": "substr(" + lastPause + ", 1, 10)", "last_pause.end_date": lastPauseEnd,
		"start_date": "start_date", "end_date": "c.end_date", "next_cycle_date": "c.next_cycle_date",
		"cancellation.reason_code": "cancel_reason", "open": "c.end_date IS NULL OR c.next_cycle_date < c.end_date",
		"create_time": "created", "update_time": "updated",
	}
	runFields = map[string]string{
		"name": "id", "state": "state", "as_of_date": "as_of_date", "preview": "preview", "leave_drafts": "leave_drafts",
		"scheduled_date": "scheduled_date", "create_time": "created", "end_time": "ended",
	}
	invoiceFields = map[string]string{
		"name": "id", invoice.FieldNumber: "number", invoice.FieldState: "state", invoice.FieldRun: "run_id", invoice.FieldBillTo: "bill_to_id",
		invoice.FieldCustomer: "customer_id", invoice.FieldCurrency: "currency", "issue_date": "issue_date", "void_time": "voided",
		"create_time": "created", "update_time": "updated",
	}
	chargeFields = map[string]string{
		"name": "id", "bill_to": "bill_to_id", "item": "item_code", "charge_date": "charge_date", "invoice": "invoice_id",
		"create_time": "created", "update_time": "updated",
	}
	increaseFields = map[string]string{"name": "id", "state": "state", "create_time": "created", "update_time": "updated"}
	// The lines of a rate increase; FieldIncrease and FieldLine are its key.
	increaseLineFields = map[string]string{increase.FieldIncrease: "increase_id", increase.FieldLine: "line_id", increase.FieldOutcome: "outcome"}
	creditNoteFields   = map[string]string{
		"name": "id", "invoice": "invoice_id", "invoice_number": "invoice_number", "bill_to": "bill_to_id",
		"customer_id": "customer_id", "issue_date": "issue_date", "create_time": "created",
	}
)

// lastPause is the text of a line's last pause, such as `2026-03-10 2026-03-20 - reason`: what follows the last line break of the
// column. lastPauseEnd is the day after it: the one on which it was resumed or ends, NULL if it has none.
const (
	lastPause = "substr(pauses, length(rtrim(pauses, replace(pauses, '\n', ''))) + 1)"
	afterFrom = "substr(" + lastPause + ", 12)"
	// The second date begins after the first, or after its dash.
	secondDate   = "CASE WHEN " + afterFrom + " LIKE '- %' THEN substr(" + afterFrom + ", 3, 10) ELSE substr(" + afterFrom + ", 12, 10) END"
	lastPauseEnd = "CASE WHEN " + secondDate + " NOT LIKE '- %' THEN " + secondDate +
		" WHEN " + afterFrom + " NOT LIKE '- %' THEN substr(" + afterFrom + ", 1, 10) END"
)

// dueFields are lineFields in the order of line_cycles: by its key, or by the index of what is due.
var dueFields = func() map[string]string {
	fields := maps.Clone(lineFields)
	fields["name"] = "c.id"
	return fields
}()

// lineFieldsFor returns the columns for a list of lines. Both tables have the number of a line; an
// index serves an order only if all of it is in the index's table. No index serves alternatives in
// the order of numbers: for these, SQLite reads line_cycles first, whose key must give the order.
func lineFieldsFor(query listing.Query) map[string]string {
	if len(query.Order) == 0 {
		return lineFields
	}
	first := query.Order[0].Field
	if first == line.FieldNextCycle || first == "name" && hasAlternatives(query.Where) {
		return dueFields
	}
	return lineFields
}

// hasAlternatives reports whether a condition requires one of several others.
func hasAlternatives(where listing.Condition) bool {
	switch c := where.(type) {
	case listing.Or:
		return len(c) > 1
	case listing.And:
		return slices.ContainsFunc(c, hasAlternatives)
	}
	return false
}
