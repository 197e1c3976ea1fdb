package sealing

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/durable"
)

// FileName is the name of the key file of embedded stores, in the folder of the stores.
const FileName = "sealing.key"

// keyBytes is the length of a key of AES-256, and privateFile the mode of the file.
const (
	keyBytes                = 32
	privateFile fs.FileMode = 0o600
)

// key is a line of the file: its id, a space and the key in Base64.
type key struct {
	id    string
	bytes []byte
}

func newKey() key {
	id, bytes := make([]byte, 4), make([]byte, keyBytes)
	_, _ = rand.Read(id) // rand.Read never returns an error
	_, _ = rand.Read(bytes)
	return key{hex.EncodeToString(id), bytes}
}

// derive returns a key for one purpose, which does not reveal k.
func (k key) derive(purpose string) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, k.bytes, nil, purpose, keyBytes)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	return derived, nil
}

func (k key) prefix() string { return Prefix + k.id + ":" }

func (k key) line() string { return k.id + " " + base64.StdEncoding.EncodeToString(k.bytes) + "\n" }

func withID(keys []key, id string) (key, bool) {
	for _, k := range keys {
		if k.id == id {
			return k, true
		}
	}
	return key{}, false
}

// load reads the file. If it is absent and may be made, it is made once a key is needed.
func (k *Keys) load(needed bool) error {
	keys, err := read(k.path)
	if k.make && errors.Is(err, fs.ErrNotExist) {
		switch {
		case !needed && len(k.loaded) == 0:
			return nil
		case !needed:
			return err
		}
		if err := New(k.path); err != nil && !errors.Is(err, fs.ErrExist) { // another service may have made it meanwhile
			return err
		}
		keys, err = read(k.path)
	}
	if err != nil {
		return err
	}
	k.loaded = keys
	return nil
}

// read reads a file. It skips empty lines and lines that start with #.
func read(path string) (keys []key, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the sealing key file: %w", err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 2 || strings.Contains(words[0], ":") {
			return nil, fmt.Errorf("line %d of the sealing key file %s: must be an id and a key", i+1, path)
		}
		bytes, err := base64.StdEncoding.DecodeString(words[1])
		if err != nil || len(bytes) != keyBytes {
			return nil, fmt.Errorf("line %d of the sealing key file %s: the key must be %d bytes in Base64", i+1, path, keyBytes)
		}
		if _, twice := withID(keys, words[0]); twice {
			return nil, fmt.Errorf("line %d of the sealing key file %s: the id %s is there twice", i+1, path, words[0])
		}
		keys = append(keys, key{words[0], bytes})
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("the sealing key file %s holds no key", path)
	}
	return keys, nil
}

// New makes a file with a new key. It fails with fs.ErrExist if there is one.
func New(path string) error {
	return write(path, newKey().line(), os.Link) // unlike a rename, a link never replaces a file
}

// Rotate adds a new key to a file, after those that it holds, and returns its id.
func Rotate(path string) (id string, err error) {
	keys, err := read(path)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the sealing key file: %w", err)
	}
	added := newKey()
	for _, taken := withID(keys, added.id); taken; _, taken = withID(keys, added.id) {
		added = newKey()
	}
	return added.id, write(path, strings.TrimRight(string(text), "\n")+"\n"+added.line(), os.Rename)
}

// write makes a durable file and gives it its name by name.
func write(path, text string, name func(from, to string) error) (err error) {
	fail := func(err error) error { return fmt.Errorf("writing the sealing key file: %w", err) }
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fail(err)
	}
	file, err := os.CreateTemp(folder, ".sealing-*") // with mode 0600
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // after a rename it is gone
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Chmod(privateFile), file.Sync(), file.Close()); err != nil {
		return fail(err)
	}
	if err := name(file.Name(), path); err != nil {
		return fail(err)
	}
	return durable.SyncFolder(folder)
}
