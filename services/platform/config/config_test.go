package config_test

import (
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/config"
)

func TestNoAuthenticationIsForLoopbackOnly(t *testing.T) {
	for address, allowed := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:1": true, "[::1]:80": true,
		"0.0.0.0:8080": false, ":8080": false, "192.0.2.1:80": false, "example.org:80": false, "nonsense": false,
	} {
		_, err := config.Auth{Auth: "off"}.Authenticator("127.0.0.1:1", address)
		if (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, mode := range []string{"", "on", "keys:", "keys:/no/such/file"} {
		if _, err := (config.Auth{Auth: mode}).Authenticator("127.0.0.1:1"); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("mode %q: want one clear line, got %v", mode, err)
		}
	}
}

func TestAStoreIsAFileInTheDataFolderUnlessNamed(t *testing.T) {
	data := config.Data{DataDir: "somewhere"}
	if url, embedded := data.StoreURL("", "subscription"); url != "sqlite:somewhere/subscription.db" || !embedded {
		t.Errorf("default store is %s (embedded %v)", url, embedded)
	}
	if url, embedded := data.StoreURL("postgres://db/x", "subscription"); url != "postgres://db/x" || embedded {
		t.Errorf("named store is %s (embedded %v)", url, embedded)
	}
}
