package failure

// vendorCodes are the codes of CRM.COM for reasons that it words otherwise. The envelope of Dynamics, whose codes no page
// lists, has the same.
var vendorCodes = map[string]string{
	InvalidToken:       "INVALID_TOKEN",
	MissingParameter:   "MISSING_PARAMETER",
	InvalidParameter:   "INVALID_PARAMETER",
	AmbiguousParameter: "AMBIGUOUS_PARAMETER",
	Conflict:           "CONFLICT",
}

// VendorCode returns the code by which the vendors' envelopes tell a failure's reason. A reason without a code of its own is
// told as it is.
func VendorCode(reason string) string {
	if code, ok := vendorCodes[reason]; ok {
		return code
	}
	return reason
}
