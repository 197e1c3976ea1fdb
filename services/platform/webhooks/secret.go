package webhooks

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	secretPrefix = "whsec_"
	// The specification asks for 24 to 64 bytes.
	secretBytes = 32
)

// secret is what payloads are signed with. It does not print itself.
type secret string

func newSecret() secret {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // it never fails: a system without randomness ends the program
	return secret(secretPrefix + base64.StdEncoding.EncodeToString(key))
}

// String is not the secret, so that no log shows it.
func (secret) String() string { return "[secret]" }

// GoString is not the secret either.
func (secret) GoString() string { return "[secret]" }

// sign is the value of the signature header: one signature a secret.
func sign(secrets []secret, messageID string, at time.Time, payload []byte) (string, error) {
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		signer, err := standardwebhooks.NewWebhook(string(s))
		if err != nil {
			return "", fmt.Errorf("reading a webhook secret: %w", err)
		}
		if signatures[i], err = signer.Sign(messageID, at, payload); err != nil {
			return "", fmt.Errorf("signing %s: %w", messageID, err)
		}
	}
	return strings.Join(signatures, " "), nil
}
