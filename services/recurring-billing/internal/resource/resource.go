// Package resource is what all resources of recurring billing have in common: their revisions, the collecting of what is
// wrong with a request, what a store answers, and the transaction of a read or a mutation.
//
// A request that breaks rules is answered with all of its violations and changes nothing. Violations name fields as the
// packages of the domain do (`item`, `bill_to`); the handlers rename them to what their callers sent.
package resource

import (
	"fmt"
	"strings"
	"time"
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

// FieldID is the name of a resource's number or code in violations.
const FieldID = "id"

// Violations collects what is wrong with a request, so that the caller learns all of it at once.
type Violations []fault.Violation

// Add adds what is wrong with a field.
func (v *Violations) Add(field string, why reason.Reason, description string) {
	*v = append(*v, fault.Violation{Field: field, Reason: why, Description: description})
}

// Err is a fault of all that was added, nil if nothing was.
func (v Violations) Err() error { return fault.FieldsOrNil(v) }

// CheckNumber refuses a number below 0, which stands for none.
func (v *Violations) CheckNumber(field string, number int32) {
	if number < 0 {
		v.Add(field, reason.OutOfRange, "must not be negative")
	}
}

// CheckText refuses a text that is longer than most UTF-16 units or that no store can hold.
func (v *Violations) CheckText(field, text string, most int) bool {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		v.Add(field, reason.InvalidText, "must be valid text without the character U+0000")
	case fault.Units(text) > most:
		v.Add(field, reason.TooLong, fmt.Sprintf("must have at most %d characters (UTF-16 units)", most))
	default:
		return true
	}
	return false
}
