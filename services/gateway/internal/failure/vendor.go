package failure

// vendorCodes maps reasons to CRM.COM's codes where they differ. The Dynamics envelope uses the
// same codes, since no documentation lists its own.
var vendorCodes = map[string]string{
	InvalidToken:       "INVALID_TOKEN",
	MissingParameter:   "MISSING_PARAMETER",
	InvalidParameter:   "INVALID_PARAMETER",
	AmbiguousParameter: "AMBIGUOUS_PARAMETER",
	Conflict:           "CONFLICT",
}

// VendorCode returns the code for a reason in the vendors' envelopes, which by default is the
// reason itself.
func VendorCode(reason string) string {
	if code, ok := vendorCodes[reason]; ok {
		return code
	}
	return reason
}
