package organisation

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// tokenBytes make tokens of 32 hexadecimal digits.
const tokenBytes = 16

// newToken is 32 upper-case hexadecimal digits that nobody can guess.
func newToken() string {
	var random [tokenBytes]byte
	rand.Read(random[:]) //nolint:errcheck // never fails, says its documentation
	return strings.ToUpper(hex.EncodeToString(random[:]))
}

// HashToken is what a store keeps of a token or key, by which it finds it: its SHA-256 in hexadecimal. A random token of
// 128 bits needs no slower hash.
func HashToken(token string) string {
	hash := sha256.Sum256([]byte(token))
	return hex.EncodeToString(hash[:])
}
