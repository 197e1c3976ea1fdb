// Package id generates ids and etags of resources.
package id

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// New returns a new UUID v7 as 32 upper-case hexadecimal digits. Ids sort by creation time.
func New() string {
	value := uuid.Must(uuid.NewV7())
	return strings.ToUpper(hex.EncodeToString(value[:]))
}

// Etag returns the etag of a version: a quoted, opaque string (AIP-154, RFC 9110).
func Etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 36)) }
