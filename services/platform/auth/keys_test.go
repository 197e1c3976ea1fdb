package auth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

func TestKeysAuthenticateTheirActorOnly(t *testing.T) {
	key, line, err := auth.NewKey("acme", "billing-bot", "", "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte("# keys\n\n"+line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := auth.OpenKeys(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	for header, allowed := range map[string]bool{
		"Bearer " + key: true, "bearer " + key: true, basic("billing-bot:" + key): true,
		"": false, "Bearer": false, "Bearer " + key + "x": false, basic("other:" + key): false, basic("billing-bot:"): false,
		"Basic %%%": false, "Digest " + key: false, key: false, "Bearer " + strings.Fields(line)[2]: false,
	} {
		principal, err := keys.Authenticate(context.Background(), header)
		if allowed && (err != nil || principal.Tenant != "acme" || principal.Actor != "billing-bot" || principal.Scopes != auth.AllScopes || principal.Key == "") {
			t.Errorf("%q: got %v, want success", header, err)
		}
		if !allowed && !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("%q: got %v, %v, want Unauthenticated", header, principal, err)
		}
		if err != nil && strings.Contains(err.Error(), key) {
			t.Errorf("the error contains the key: %v", err)
		}
	}
}

func TestOpenKeysRejectsInvalidFiles(t *testing.T) {
	_, valid, err := auth.NewKey("acme", "bot", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"empty": "", "comment": "# nothing\n", "short": "acme bot\n", "no hash": "acme bot zz\n",
		"scope": valid + " scopes=rule", "service": valid + " scopes=billing:read", "expiry": valid + " expires=soon", "word": valid + " color=red"} {
		path := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := auth.OpenKeys(path, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if _, _, err := auth.NewKey("two words", "x", "", ""); err == nil {
		t.Error("a tenant of two words must be rejected")
	}
}
