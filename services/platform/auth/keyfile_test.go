package auth_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

func TestKeysExpireReloadAndLogTheirUse(t *testing.T) {
	reader, readerLine := newKey(t, "read,recurring-billing:bill", "2999-01-01")
	expired, expiredLine := newKey(t, "", "2020-01-01")
	path := filepath.Join(t.TempDir(), "keys")
	writeFile(t, path, readerLine+"\n"+expiredLine)
	var logs bytes.Buffer
	keys, err := auth.OpenKeys(path, slog.New(slog.NewTextHandler(&logs, nil)))
	if err != nil {
		t.Fatal(err)
	}
	var principal auth.Principal
	for range 2 {
		if principal, err = keys.Authenticate(t.Context(), "Bearer "+reader); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Count(logs.String(), "key used") != 1 || !strings.Contains(logs.String(), "key="+principal.Key) {
		t.Errorf("two uses must log one line with the key's id, got %q", logs.String())
	}
	if principal.Scopes != "read,recurring-billing:bill" {
		t.Errorf("got scopes %q", principal.Scopes)
	}
	_, err = keys.Authenticate(t.Context(), "Bearer "+expired)
	if f, ok := fault.As(err); !ok || f.Reason != reason.CredentialExpired || !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("an expired key: got %v", err)
	}

	writeFile(t, path, "nonsense")
	if err := keys.Reload(); err == nil {
		t.Error("a file of nonsense must be rejected")
	}
	if _, err := keys.Authenticate(t.Context(), "Bearer "+reader); err != nil {
		t.Errorf("the keys of before must stay in use, got %v", err)
	}
	added, addedLine := newKey(t, "", "")
	writeFile(t, path, addedLine)
	if err := keys.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Authenticate(t.Context(), "Bearer "+added); err != nil {
		t.Errorf("the new key: got %v", err)
	}
	if _, err := keys.Authenticate(t.Context(), "Bearer "+reader); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("the removed key: got %v", err)
	}
}

func TestScopesPermit(t *testing.T) {
	for _, test := range []struct {
		scopes  auth.Scopes
		service string
		scope   auth.Scope
		want    bool
	}{
		{"read", "subscription", auth.Read, true},
		{"read", "subscription", auth.Write, false},
		{"write", "subscription", auth.Read, false},
		{"recurring-billing:bill", "recurring-billing", auth.Bill, true},
		{"recurring-billing:bill", "subscription", auth.Bill, false},
		{auth.AllScopes, "subscription", auth.Admin, true},
		{"", "subscription", auth.Read, false},
	} {
		if got := test.scopes.Permit(test.service, test.scope); got != test.want {
			t.Errorf("%q for %s of %s: got %v", test.scopes, test.scope, test.service, got)
		}
	}
}

func newKey(t *testing.T, scopes, expires string) (key, line string) {
	t.Helper()
	key, line, err := auth.NewKey("acme", "bot", scopes, expires)
	if err != nil {
		t.Fatal(err)
	}
	return key, line
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
