// Package sealing encrypts the secrets that a store keeps, such as those that sign webhooks, so that a
// copy of the store does not reveal them. A key file holds one key or several: the newest, which is the
// last, seals, and all open. A sealed text names its key and is bound to the place where it is stored.
package sealing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Prefix begins every sealed text. A text without it was stored in the clear by an earlier version.
const Prefix = "continuo-sealed-1:"

// Keys seals and opens with the keys of a file. Nil has no keys: it can only read clear texts.
type Keys struct {
	path string
	make bool

	mu     sync.Mutex
	loaded []key
}

// File returns the keys of a file that must exist.
func File(path string) *Keys { return &Keys{path: path} }

// Made returns the keys of a file that is made, readable by its user alone, when something is first
// sealed.
func Made(path string) *Keys { return &Keys{path: path, make: true} }

// Path returns the path of the key file, or an empty text.
func (k *Keys) Path() string {
	if k == nil {
		return ""
	}
	return k.path
}

// Absent reports whether there is no key file yet, or no longer.
func (k *Keys) Absent() bool {
	_, err := os.Stat(k.Path())
	return errors.Is(err, fs.ErrNotExist)
}

// Seal encrypts a text for a place, such as table and key of its row. An empty text stays empty.
func (k *Keys) Seal(text string, place ...string) (string, error) {
	if text == "" {
		return "", nil
	}
	keys, err := k.all(true)
	if err != nil {
		return "", err
	}
	newest := keys[len(keys)-1]
	cipher, err := newest.cipher()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, cipher.NonceSize())
	_, _ = rand.Read(nonce) // rand.Read never returns an error
	sealed := cipher.Seal(nonce, nonce, []byte(text), bound(place))
	return newest.prefix() + base64.RawStdEncoding.EncodeToString(sealed), nil
}

// Open decrypts what Seal returned for the same place. It returns a text that is not sealed as it is.
func (k *Keys) Open(text string, place ...string) (string, error) {
	rest, sealed := strings.CutPrefix(text, Prefix)
	if !sealed {
		return text, nil
	}
	id, encoded, _ := strings.Cut(rest, ":")
	with, err := k.find(id)
	if err != nil {
		return "", err
	}
	cipher, err := with.cipher()
	if err != nil {
		return "", err
	}
	raw, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil || len(raw) < cipher.NonceSize() {
		return "", fmt.Errorf("opening a sealed secret: it is not what was sealed")
	}
	opened, err := cipher.Open(nil, raw[:cipher.NonceSize()], raw[cipher.NonceSize():], bound(place))
	if err != nil {
		return "", fmt.Errorf("opening a sealed secret: %w", err)
	}
	return string(opened), nil
}

// Derive returns a key for one purpose, made of the newest key, and the id of that.
func (k *Keys) Derive(purpose string) (id string, derived []byte, err error) {
	keys, err := k.all(true)
	if err != nil {
		return "", nil, err
	}
	newest := keys[len(keys)-1]
	derived, err = newest.derive(purpose)
	return newest.id, derived, err
}

// DeriveOf returns the key that Derive returned when the key with an id was the newest.
func (k *Keys) DeriveOf(id, purpose string) ([]byte, error) {
	with, err := k.find(id)
	if err != nil {
		return nil, err
	}
	return with.derive(purpose)
}

// Newest returns what begins the texts that are sealed with the newest key.
func (k *Keys) Newest() (prefix string, err error) {
	keys, err := k.all(false)
	if err != nil {
		return "", err
	}
	return keys[len(keys)-1].prefix(), nil
}

// Reload reads the file again. If that fails, the keys stay as they were.
func (k *Keys) Reload() error {
	if k == nil {
		return missing()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.load(false)
}

// all returns the keys, the newest last, and at least one. It makes the file only if a key is needed.
func (k *Keys) all(needed bool) ([]key, error) {
	if k == nil {
		return nil, missing()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.loaded) == 0 {
		if err := k.load(needed); err != nil {
			return nil, err
		}
	}
	if len(k.loaded) == 0 {
		return nil, fault.New(fault.Unavailable, reason.SealingKeyMissing, "the sealing key file is gone: the operator must put it back")
	}
	return k.loaded, nil
}

// find returns the key with an id. If it is not known, another replica may have a newer file.
func (k *Keys) find(id string) (key, error) {
	keys, err := k.all(false)
	if err != nil {
		return key{}, err
	}
	if found, ok := withID(keys, id); ok {
		return found, nil
	}
	if err := k.Reload(); err != nil {
		return key{}, err
	}
	if keys, err = k.all(false); err != nil {
		return key{}, err
	}
	if found, ok := withID(keys, id); ok {
		return found, nil
	}
	return key{}, fault.New(fault.Unavailable, reason.SealingKeyMissing,
		"a secret of this store was sealed with the key %s, which the sealing key file does not hold: the operator must put it back", id)
}

func missing() error {
	return fault.New(fault.Unavailable, reason.SealingKeyMissing,
		"the store keeps no secret without a key to seal it: the operator must set CONTINUO_SEALING_KEY_FILE")
}

// bound returns the additional data that binds a text to its place.
func bound(place []string) []byte { return []byte(strings.Join(place, "\x00")) }

// cipher returns AES-256-GCM with a key.
func (k key) cipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.bytes)
	if err != nil {
		return nil, fmt.Errorf("using the sealing key %s: %w", k.id, err)
	}
	return cipher.NewGCM(block)
}
