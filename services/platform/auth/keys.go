package auth

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Keys authenticates callers by secret keys. A key made by NewKey has 256 random bits, so that a
// plain SHA-256 of it is safe to store.
type Keys struct {
	// principals holds the callers by the SHA-256 of their key.
	principals map[[sha256.Size]byte]Principal
}

// NewKey returns a new key for the caller and the line to add to the keys file.
func NewKey(tenant Tenant, actor string) (key, line string, err error) {
	for _, word := range []string{string(tenant), actor} {
		if word == "" || strings.ContainsAny(word, " \t\r\n#:") {
			return "", "", fmt.Errorf("%q must be a word without spaces, colons or #", word)
		}
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", "", fmt.Errorf("making a key: %w", err)
	}
	key = base64.RawURLEncoding.EncodeToString(secret)
	sum := sha256.Sum256([]byte(key))
	return key, fmt.Sprintf("%s %s %s", tenant, actor, hex.EncodeToString(sum[:])), nil
}

// LoadKeys reads a keys file with a line `TENANT ACTOR SHA256` per key. It skips empty lines and
// lines that start with #.
func LoadKeys(path string) (*Keys, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the keys file: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing is written to it
	keys := &Keys{principals: map[[sha256.Size]byte]Principal{}}
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 3 {
			return nil, fmt.Errorf("line %d of the keys file must be `TENANT ACTOR SHA256`", number)
		}
		sum, err := hex.DecodeString(words[2])
		if err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("line %d of the keys file: the third word must be a SHA-256 in hexadecimal", number)
		}
		keys.principals[[sha256.Size]byte(sum)] = Principal{Tenant: Tenant(words[0]), Actor: words[1]}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the keys file: %w", err)
	}
	if len(keys.principals) == 0 {
		return nil, fmt.Errorf("the keys file %s contains no keys", path)
	}
	return keys, nil
}

// Authenticate accepts `Bearer KEY`, and `Basic` with the actor as user name and the key as
// password.
func (k *Keys) Authenticate(_ context.Context, authorization string) (Principal, error) {
	if authorization == "" {
		return Principal{}, fault.New(fault.Unauthenticated, reason.CredentialMissing, "the request carries no credential")
	}
	scheme, value, _ := strings.Cut(authorization, " ")
	actor, key := "", value
	switch strings.ToLower(scheme) {
	case "bearer":
	case "basic":
		decoded, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return Principal{}, wrongCredential()
		}
		actor, key, _ = strings.Cut(string(decoded), ":")
	default:
		return Principal{}, wrongCredential()
	}
	principal, known := k.principals[sha256.Sum256([]byte(key))]
	if !known || actor != "" && subtle.ConstantTimeCompare([]byte(actor), []byte(principal.Actor)) == 0 {
		return Principal{}, wrongCredential()
	}
	return principal, nil
}

func wrongCredential() error {
	return fault.New(fault.Unauthenticated, reason.CredentialInvalid, "the credential is not accepted")
}
