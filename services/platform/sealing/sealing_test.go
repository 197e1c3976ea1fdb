package sealing_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/sealing"
)

func TestSealedTextsOpenAtTheirPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "sealing.key")
	keys := sealing.Made(path)
	sealed, err := keys.Seal("whsec_x", "endpoints", "a", "1")
	if err != nil || !strings.HasPrefix(sealed, sealing.Prefix) || strings.Contains(sealed, "whsec") {
		t.Fatalf("sealed: %q (%v)", sealed, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v (%v)", info, err)
	}
	if again, _ := keys.Seal("whsec_x", "endpoints", "a", "1"); again == sealed {
		t.Error("the same text was sealed to the same bytes twice")
	}
	if opened, err := sealing.File(path).Open(sealed, "endpoints", "a", "1"); err != nil || opened != "whsec_x" {
		t.Errorf("opened: %q (%v)", opened, err)
	}
	for what, wrong := range map[string]string{"shortened": sealed[:len(sealed)-2], "no text": sealed[:len(sealing.Prefix)+9]} {
		if opened, err := keys.Open(wrong, "endpoints", "a", "1"); err == nil {
			t.Errorf("%s: opened as %q", what, opened)
		}
	}
	if opened, err := keys.Open(sealed, "endpoints", "b", "1"); err == nil {
		t.Errorf("another tenant's row: opened as %q", opened)
	}
	for _, clear := range []string{"", "stored by an earlier version"} {
		if opened, err := keys.Open(clear, "x"); err != nil || opened != clear {
			t.Errorf("clear text %q: got %q (%v)", clear, opened, err)
		}
	}
}

func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sealing.key")
	if err := sealing.New(path); err != nil {
		t.Fatal(err)
	}
	if err := sealing.New(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second file: got %v", err)
	}
	here, there := sealing.File(path), sealing.File(path)
	old, err := here.Seal("secret")
	if err != nil {
		t.Fatal(err)
	}
	id, err := sealing.Rotate(path)
	if err != nil {
		t.Fatal(err)
	}
	if newest, err := there.Newest(); err != nil || newest != sealing.Prefix+id+":" {
		t.Errorf("newest: %q (%v), want the key %s", newest, err, id)
	}
	sealed, err := there.Seal("secret")
	if err != nil || !strings.HasPrefix(sealed, sealing.Prefix+id+":") {
		t.Fatalf("sealed: %q (%v)", sealed, err)
	}
	for _, text := range []string{old, sealed} { // here has not loaded the newer key yet
		if opened, err := here.Open(text); err != nil || opened != "secret" {
			t.Errorf("opened: %q (%v)", opened, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := sealing.New(path); err != nil {
		t.Fatal(err)
	}
	if _, err := sealing.File(path).Open(old); !errors.Is(err, fault.Unavailable) {
		t.Errorf("without its key: got %v", err)
	}
}

func TestNoKeys(t *testing.T) {
	var none *sealing.Keys
	if _, err := none.Seal("secret"); !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "CONTINUO_SEALING_KEY_FILE") {
		t.Errorf("sealing without keys: got %v", err)
	}
	if empty, err := none.Seal(""); err != nil || empty != "" {
		t.Errorf("nothing to seal: got %q (%v)", empty, err)
	}
	path := filepath.Join(t.TempDir(), "sealing.key")
	for what, text := range map[string]string{"empty": "# none\n", "short key": "a AAAA\n", "no key": "a\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sealing.File(path).Reload(); err == nil {
			t.Errorf("%s: the file was accepted", what)
		}
	}
}

func TestDerivedKeysOutliveRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sealing.key")
	keys := sealing.Made(path)
	id, first, err := keys.Derive("one purpose")
	if err != nil || len(first) != 32 {
		t.Fatalf("got %x, %v", first, err)
	}
	if _, other, err := keys.Derive("another"); err != nil || string(other) == string(first) {
		t.Errorf("another purpose: got %x, %v", other, err)
	}
	if _, err := sealing.Rotate(path); err != nil {
		t.Fatal(err)
	}
	rotated := sealing.File(path)
	if newest, second, err := rotated.Derive("one purpose"); err != nil || newest == id || string(second) == string(first) {
		t.Errorf("after a rotation: got %s, %x, %v", newest, second, err)
	}
	if again, err := rotated.DeriveOf(id, "one purpose"); err != nil || string(again) != string(first) {
		t.Errorf("the key of before: got %x, %v", again, err)
	}
	if _, err := rotated.DeriveOf("unknown", "one purpose"); err == nil {
		t.Error("an unknown key was found")
	}
}
