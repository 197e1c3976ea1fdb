package client

import (
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

// Reason returns the stable reason of a refusal, such as NOT_FOUND or ETAG_MISMATCH, or "" if the
// error has none. The reasons are continuo.errors.v1.Reason.
func Reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// Violations returns what is wrong with each field of a request, by the field's path.
func Violations(err error) map[string]string {
	found := map[string]string{}
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range bad.GetFieldViolations() {
				found[violation.GetField()] = violation.GetDescription()
			}
		}
	}
	return found
}
