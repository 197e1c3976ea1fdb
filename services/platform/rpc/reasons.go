package rpc

import (
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
)

// ruleReasons are the reasons of protovalidate's rules by their ids. Any other rule is INVALID_VALUE, its own message says
// what is right.
var ruleReasons = map[string]reason.Reason{
	"required":           reason.Required,
	"string.min_len":     reason.Required,
	"repeated.min_items": reason.Required,
	"string.max_len":     reason.TooLong,
	"string.max_bytes":   reason.TooLong,
	"string.etag":        reason.TooLong,
	"string.filter":      reason.TooLong,
	"string.order_by":    reason.TooLong,
	"string.page_token":  reason.TooLong,
	"string.request_id":  reason.TooLong,
	"int32.page_size":    reason.OutOfRange,
	"repeated.max_items": reason.TooMany,
	"repeated.unique":    reason.Repeated,
	"enum.defined_only":  reason.UnknownValue,
	"enum.not_in":        reason.Required,
	"string.uuid":        reason.InvalidGUID,
}

// reasonOf is the reason of a broken rule. The ids of bounds name the kind of number and all the bounds that there are:
// `int32.gte_lte`.
func reasonOf(rule string) reason.Reason {
	if why, ok := ruleReasons[rule]; ok {
		return why
	}
	if _, bound, _ := strings.Cut(rule, "."); strings.HasPrefix(bound, "gt") || strings.HasPrefix(bound, "lt") {
		return reason.OutOfRange
	}
	return reason.InvalidValue
}
