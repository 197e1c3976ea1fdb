// Package pagetoken seals places in lists and in the change feed into tokens that callers bring back. A token cannot be
// read or made by callers, and is good only for what it was bound to: a list with its filter and order, a tenant. The
// same place under the same binding has the same token, whichever replica makes it.
//
// A service has one sealer, pagetoken.New(db.PageTokenKey). The lists of an API use it through aip.List. What has tokens of its own seals them like this:
//
//	token, err := sealer.Seal(ctx, "changes of "+string(tenant), entry.Position)
//	err = sealer.Open(ctx, "changes of "+string(tenant), request.GetPageToken(), &after)
package pagetoken

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/continuo-billing/continuo/services/platform/listing"
)

const keyBytes = 32

// Sealer makes and reads the tokens of one service. Any number of goroutines may use it.
type Sealer struct {
	key func(context.Context) ([]byte, error)

	mu   sync.Mutex
	keys *keys
}

// keys are what a Sealer needs, derived from the key in the database.
type keys struct {
	aead cipher.AEAD
	// nonce is the key that nonces are derived with.
	nonce []byte
}

// New is a sealer with a secret key, which it asks for when it is first used: the PageTokenKey of a database.DB, which all
// replicas share.
func New(key func(context.Context) ([]byte, error)) *Sealer { return &Sealer{key: key} }

// Seal is the token of a place, a value that JSON can hold.
func (s *Sealer) Seal(ctx context.Context, bound string, place any) (string, error) {
	keys, err := s.load(ctx)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(place)
	if err != nil {
		return "", fmt.Errorf("writing a place as JSON: %w", err)
	}
	nonce := keys.nonceOf(bound, text)
	return base64.RawURLEncoding.EncodeToString(keys.aead.Seal(nonce, nonce, text, []byte(bound))), nil
}

// Open reads the place that a token stands for; the empty token leaves it as it is. A token that Seal did not make for
// what it is bound to is an Invalid fault on page_token.
func (s *Sealer) Open(ctx context.Context, bound, token string, place any) error {
	if token == "" {
		return nil
	}
	keys, err := s.load(ctx)
	if err != nil {
		return err
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(sealed) < keys.aead.NonceSize() {
		return listing.InvalidToken()
	}
	nonce, sealed := sealed[:keys.aead.NonceSize()], sealed[keys.aead.NonceSize():]
	text, err := keys.aead.Open(nil, nonce, sealed, []byte(bound))
	if err != nil || json.Unmarshal(text, place) != nil {
		return listing.InvalidToken()
	}
	return nil
}

// Load asks for the key now, unless that was done: for who seals in a transaction, which must not wait for another one.
func (s *Sealer) Load(ctx context.Context) error {
	_, err := s.load(ctx)
	return err
}

// nonceOf is a nonce that differs wherever the text or its binding does, as far as 96 bits can tell. Random nonces would
// give one place many tokens, and could repeat after some billions of them.
func (k *keys) nonceOf(bound string, text []byte) []byte {
	mac := hmac.New(sha256.New, k.nonce)
	// A hash never fails to take what is written. The length keeps the binding and the text apart.
	_, _ = fmt.Fprintf(mac, "%d %s", len(bound), bound)
	_, _ = mac.Write(text)
	return mac.Sum(nil)[:k.aead.NonceSize()]
}

// load is the keys, derived by the first call that is given the secret.
func (s *Sealer) load(ctx context.Context) (*keys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys != nil {
		return s.keys, nil
	}
	secret, err := s.key(ctx)
	if err != nil {
		return nil, err
	}
	s.keys, err = derive(secret)
	return s.keys, err
}

func derive(secret []byte) (*keys, error) {
	sealing, err := hkdf.Key(sha256.New, secret, nil, "continuo page tokens: sealing", keyBytes)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of page tokens: %w", err)
	}
	nonce, err := hkdf.Key(sha256.New, secret, nil, "continuo page tokens: nonces", keyBytes)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of page tokens: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of page tokens: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of page tokens: %w", err)
	}
	return &keys{aead: aead, nonce: nonce}, nil
}
