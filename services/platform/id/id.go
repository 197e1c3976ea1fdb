// Package id generates ids and etags of resources, and brings ids to the form that is compared.
package id

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// New returns a new UUID v7 as 32 upper-case hexadecimal digits. Ids sort by creation time.
func New() string {
	value := uuid.Must(uuid.NewV7())
	return strings.ToUpper(hex.EncodeToString(value[:]))
}

// Normal returns an id that a caller gave in NFC, so that ids that look alike are the same. Ids in
// resource names are in NFC already; those in vendors' paths and bodies are not.
func Normal(id string) string { return norm.NFC.String(id) }

// Etag returns the etag of a version: a quoted, opaque string (AIP-154, RFC 9110).
func Etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 36)) }
