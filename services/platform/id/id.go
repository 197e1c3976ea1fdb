// Package id generates ids and etags of resources, and brings ids to the form that is compared.
package id

import (
	"strconv"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// New returns a new UUID v7 as 32 upper-case hexadecimal digits. Ids sort by creation time.
func New() string {
	const digits = "0123456789ABCDEF"
	var text [32]byte
	for i, value := range uuid.Must(uuid.NewV7()) {
		text[2*i], text[2*i+1] = digits[value>>4], digits[value&15]
	}
	return string(text[:])
}

// Normal returns an id that a caller gave in NFC, so that ids that look alike are the same. Ids in
// resource names are in NFC already; those in vendors' paths and bodies are not.
func Normal(id string) string { return norm.NFC.String(id) }

// Etag returns the etag of a version: a quoted, opaque string (AIP-154, RFC 9110).
func Etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 36)) }
