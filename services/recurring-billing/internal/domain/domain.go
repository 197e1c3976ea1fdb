// Package domain holds recurring billing: items, bill-tos, master accounts and the recurring lines that bill them, with
// the rules of what a line may name and how it may change.
//
//   - A line bills one item, every month, quarter, half-year or year; its cycle amount is its monthly amount times the
//     months of the cycle.
//   - A line has a rate from its start on, and may have others from later dates. What is billed stays billed at its rate: a
//     rate counts from the next cycle date at the earliest, and until it does it can be replaced or withdrawn. The monthly
//     amount shown is the rate of the next cycle date, so it depends on no clock.
//   - A cancelled line ends on a date. Days after it that are billed already are credited only where that is asked for, at
//     what they cost. Until an invoice carries the credit the cancellation can be taken back, as if it had never been. The
//     next run puts it on an invoice, on one of its own where its account is charged nothing.
//   - A line is billed to a bill-to of its own customer, or, receivable to a master account, to the master's.
//   - Numbers and codes are unique in a tenant. A number brought along from elsewhere is kept.
//   - A retired item or master account stays where it is and is taken by no other line.
//   - An invoice that stands under its number is never changed: it is voided, or given back by credit notes, never by more
//     than it billed. Its periods stay billed, unless a void asks for them back; then a run bills each of them once more.
//     One whose total is below zero is owed to the customer: nothing has to be paid, and nothing of it can be given back.
//   - A printed invoice or credit note says of seller and account what held when it was issued, whatever they become.
//   - A run can leave its invoices as drafts. A draft holds its days and the credits on it as a finalized invoice does, has no
//     number, and is finalized, or discarded as if it had never been. Days on a draft are not credited.
//   - A request that breaks rules is answered with all of its violations and changes nothing.
//   - A cycle run bills what is due as of a date, by the rules of package billing: one invoice for each bill-to and currency,
//     each part of a period of a line once, whatever runs at the same time, is cancelled or dies. Biller has all of that.
//
// Violations name fields as this package does (`item`, `bill_to`); the faces rename them to what their callers sent.
package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Revision is the history of a resource in short. The store keeps it.
type Revision struct {
	// Version counts the states of the resource, from 1.
	Version int64 `json:"version"`
	// Created is when the resource came to be, Updated when it last changed; UTC, to the microsecond.
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Etag changes whenever the resource does.
func (r Revision) Etag() string { return id.Etag(r.Version) }

// violations collects what is wrong with a request, so that the caller learns all of it at once.
type violations []fault.Violation

func (v *violations) add(field string, why reason.Reason, description string) {
	*v = append(*v, fault.Violation{Field: field, Reason: why, Description: description})
}

func (v violations) err() error { return fault.FieldsOrNil(v) }

// RenameFields is err with the field of each of its violations renamed.
func RenameFields(err error, rename func(field string) string) error {
	found, ok := fault.As(err)
	if !ok || len(found.Violations) == 0 {
		return err
	}
	renamed := make([]fault.Violation, len(found.Violations))
	for i, v := range found.Violations {
		v.Field = rename(v.Field)
		renamed[i] = v
	}
	return fault.Fields(renamed)
}

// Reword puts what is wrong with fields into the words of the face that tells it, by the reasons of the violations.
func Reword(err error, words map[reason.Reason]string) error {
	found, ok := fault.As(err)
	if !ok || len(found.Violations) == 0 {
		return err
	}
	reworded := slices.Clone(found.Violations)
	for i := range reworded {
		if text, other := words[reworded[i].Reason]; other {
			reworded[i].Description = text
		}
	}
	return fault.Fields(reworded)
}

// Lengths of texts, in UTF-16 units, as the Sedona pages and the framework behind them count.
const (
	maxCode              = 25
	maxItemDescription   = 50
	maxLineDescription   = 50
	maxMasterDescription = 60
	maxBillToName        = 60
	maxAddressLine       = 60
	maxPlace             = 50
	maxPostalCode        = 20
	maxEmail             = 254
	maxMemo              = 2000
)

// units is the length of a text in UTF-16 units.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// checkText refuses a text that is longer than most UTF-16 units or that no store can hold.
func (v *violations) checkText(field, text string, most int) bool {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		v.add(field, reason.InvalidText, "must be valid text without the character U+0000")
	case units(text) > most:
		v.add(field, reason.TooLong, fmt.Sprintf("must have at most %d characters (UTF-16 units)", most))
	default:
		return true
	}
	return false
}

// checkNewCode refuses a code that cannot be part of a resource's name, or that would be mistaken for another.
func (v *violations) checkNewCode(field, code string) {
	switch {
	case code == "":
		v.add(field, reason.Required, "must be given")
	case !v.checkText(field, code, maxCode):
	case strings.ContainsRune(code, '/') || strings.ContainsFunc(code, unicode.IsControl):
		v.add(field, reason.InvalidID, "must have no slash and no control characters")
	case strings.TrimSpace(code) != code:
		v.add(field, reason.InvalidID, "must not begin or end with a blank")
	}
}
