package rpc

import (
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
)

// ruleReasons maps rule ids of protovalidate to reasons. Other rules result in INVALID_VALUE.
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

// reasonOf returns the reason for a broken rule. The ids of range rules combine the type and the
// bounds: `int32.gte_lte`.
func reasonOf(rule string) reason.Reason {
	if why, ok := ruleReasons[rule]; ok {
		return why
	}
	if _, bound, _ := strings.Cut(rule, "."); strings.HasPrefix(bound, "gt") || strings.HasPrefix(bound, "lt") {
		return reason.OutOfRange
	}
	return reason.InvalidValue
}
