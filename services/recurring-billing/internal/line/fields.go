package line

import (
	"strings"
	"time"
	"unicode"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Names of a line's fields in violations.
const (
	FieldID            = catalogue.FieldID
	FieldItem          = "item"
	FieldDescription   = "description"
	FieldMasterItem    = "master_item"
	FieldMasterAccount = "master_account"
	FieldBillCycle     = "bill_cycle"
	FieldMemo          = "memo"
	FieldMonthlyAmount = "monthly_amount"
	FieldEffective     = "effective_date"
	FieldAppliesFrom   = "applies_from"
	FieldReason        = "reason_code"
	FieldCreditReason  = "credit_reason_code"
	FieldStart         = "start_date"
	FieldAnchor        = "anchor_date"
	FieldEnd           = "end_date"
	FieldNextCycle     = "next_cycle_date"
	FieldLastCycle     = "last_cycle_date"
	FieldUnbilled      = "unbilled_days"
	FieldPauses        = "pauses"
	FieldFrom          = "from_date"
	FieldUntil         = "until_date"
	FieldResume        = "resume_date"
	FieldTiming        = "billing_timing"
	FieldJob           = "job_code"
	FieldBranch        = "branch_code"
	FieldComments      = "comments"
	FieldUser          = "user_code"
	FieldAdjustUntil   = "adjust_until_date"
)

// Maximum lengths of texts, in UTF-16 units.
const (
	maxDescription = 50
	MaxMemo        = 2000
)

// earliestStart and latestStart bound the start date of a line. Dates outside them are mistakes, or
// stand for "no date": Sedona uses 1899-12-30.
var earliestStart, latestStart = date.MustNew(1900, time.January, 1), date.MustNew(2199, time.December, 31)

// checkID adds a violation if a request names another line.
func checkID(v *fault.Violations, given, id ID) {
	if given != 0 && given != id {
		v.Add(FieldID, reason.IDMismatch, "is %d, but the line to change is %d", given, id)
	}
}

func checkCycle(v *fault.Violations, cycle BillCycle) {
	if !cycle.Valid() {
		v.Add(FieldBillCycle, reason.UnknownBillCycle, "must be a bill cycle: monthly, quarterly, semi-annual or annual")
	}
}

// checkEffective adds a violation if a change takes effect before the line's start.
func checkEffective(v *fault.Violations, effective, start date.Date) {
	if effective.IsZero() {
		v.Add(FieldEffective, reason.Required, "must be given")
	} else if effective.Before(start) {
		v.Add(FieldEffective, reason.BeforeStart, "must not lie before %s, when the line starts", start)
	}
}

// CheckReason adds a violation if a reason code is empty, too long, or has control characters.
func CheckReason(v *fault.Violations, field string, code ReasonCode) {
	switch text := string(code); {
	case strings.TrimSpace(text) == "":
		v.Add(field, reason.Required, "must be given")
	case !v.Text(field, text, catalogue.MaxCode):
	case strings.ContainsFunc(text, unicode.IsControl):
		v.Add(field, reason.InvalidText, "must have no control characters")
	}
}
