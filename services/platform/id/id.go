// Package id makes the ids of resources whose caller gave none.
package id

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// New is an id that nobody has used: 32 upper-case hexadecimal digits, sortable by the time they were made (UUID v7).
func New() string {
	value := uuid.Must(uuid.NewV7())
	return strings.ToUpper(hex.EncodeToString(value[:]))
}

// Etag is the etag of a resource's version, a weakly opaque quoted string as AIP-154 and RFC 9110 want it.
func Etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 36)) }
