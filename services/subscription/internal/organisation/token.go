package organisation

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// randomToken matches what newToken returns.
var randomToken = regexp.MustCompile(`^[0-9A-F]{32}$`)

// tokenBytes gives tokens of 32 hexadecimal digits.
const tokenBytes = 16

// newToken returns a random token of 32 upper-case hexadecimal digits.
func newToken() string {
	var random [tokenBytes]byte
	rand.Read(random[:]) //nolint:errcheck // documented never to fail
	return strings.ToUpper(hex.EncodeToString(random[:]))
}

// HashToken returns the SHA-256 of a token or key in hexadecimal, which is stored in its place. A
// random token of 128 bits needs no slower hash.
func HashToken(token string) string {
	hash := sha256.Sum256([]byte(token))
	return hex.EncodeToString(hash[:])
}
