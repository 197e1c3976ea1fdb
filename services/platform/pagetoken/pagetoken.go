// Package pagetoken seals positions in lists and in the change feed into tokens. Callers can
// neither read nor forge a token. It is bound to a context, such as a tenant and a list with its
// filter and order, and rejected elsewhere. The same position with the same binding has the same
// token on every replica.
//
// A service has one sealer, pagetoken.New(db.PageTokenKey). Lists use it through aip.List. To seal other tokens:
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

// Sealer seals and opens the tokens of one service. It is safe for concurrent use.
type Sealer struct {
	key func(context.Context) ([]byte, error)

	mu   sync.Mutex
	keys *keys
}

// keys are derived from the key in the database.
type keys struct {
	aead cipher.AEAD
	// nonce is the key to derive nonces with.
	nonce []byte
}

// New returns a sealer. key returns the secret key and is called on first use: the PageTokenKey of
// a database.DB, which all replicas share.
func New(key func(context.Context) ([]byte, error)) *Sealer { return &Sealer{key: key} }

// Seal returns the token of a position, which must be a value that JSON can represent.
func (s *Sealer) Seal(ctx context.Context, bound string, place any) (string, error) {
	keys, err := s.load(ctx)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(place)
	if err != nil {
		return "", fmt.Errorf("encoding a position: %w", err)
	}
	nonce := keys.nonceOf(bound, text)
	return base64.RawURLEncoding.EncodeToString(keys.aead.Seal(nonce, nonce, text, []byte(bound))), nil
}

// Open reads the position of a token into place; the empty token leaves place unchanged. A token
// that Seal did not make with the same binding is an Invalid fault on page_token.
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

// Load reads the key now if it was not read before. Call it before sealing in a transaction, which
// must not wait for another one.
func (s *Sealer) Load(ctx context.Context) error {
	_, err := s.load(ctx)
	return err
}

// nonceOf returns a nonce derived from the text and its binding. Random nonces would give a
// position many tokens, and could repeat after some billions of tokens.
func (k *keys) nonceOf(bound string, text []byte) []byte {
	mac := hmac.New(sha256.New, k.nonce)
	// A hash never returns an error. The length separates the binding from the text.
	_, _ = fmt.Fprintf(mac, "%d %s", len(bound), bound)
	_, _ = mac.Write(text)
	return mac.Sum(nil)[:k.aead.NonceSize()]
}

// load returns the keys and derives them on first use.
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
