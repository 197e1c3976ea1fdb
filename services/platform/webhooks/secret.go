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
	// The specification requires 24 to 64 bytes.
	secretBytes = 32
)

// secret signs payloads. Its value is never printed.
type secret string

func newSecret() secret {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // rand.Read never returns an error
	return secret(secretPrefix + base64.StdEncoding.EncodeToString(key))
}

// String hides the secret from logs.
func (secret) String() string { return "[secret]" }

// GoString hides the secret from logs.
func (secret) GoString() string { return "[secret]" }

// sign returns the value of the signature header, with one signature per secret.
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
