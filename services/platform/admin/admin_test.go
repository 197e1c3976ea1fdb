package admin_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/admin"
	"github.com/continuo-billing/continuo/services/platform/config"
)

func start(t *testing.T, settings admin.Config) (server *admin.Server, logs *bytes.Buffer, err error) {
	logs = &bytes.Buffer{}
	settings.Program, settings.Logger = "test", slog.New(slog.NewTextHandler(logs, nil))
	if server, err = admin.Start(t.Context(), settings); err == nil {
		t.Cleanup(server.Stop)
	}
	return server, logs, err
}

func TestAddresses(t *testing.T) {
	first, _, err := start(t, admin.Config{Address: "127.0.0.1:0", Default: "127.0.0.1:1"})
	if err != nil || first.Address() == "" {
		t.Fatalf("got the address %q and %v", first.Address(), err)
	}
	for name, test := range map[string]struct {
		settings  admin.Config
		warns, ok bool
	}{
		"a default that is taken":  {admin.Config{Default: first.Address()}, true, true},
		"an address that is taken": {admin.Config{Address: first.Address()}, false, false},
		"off":                      {admin.Config{Address: "off", Default: "127.0.0.1:0"}, false, true},
		"no address":               {admin.Config{Address: "9190"}, false, false},
	} {
		server, logs, err := start(t, test.settings)
		if (err == nil) != test.ok || strings.Contains(logs.String(), "CONTINUO_ADMIN_ADDR") != test.warns {
			t.Errorf("%s: got %v and %s", name, err, logs)
		}
		if err == nil && server.Address() != "" {
			t.Errorf("%s: it listens on %s", name, server.Address())
		}
		if err != nil && !strings.HasPrefix(err.Error(), "CONTINUO_ADMIN_ADDR") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	var coded interface{ ExitCode() int }
	if _, _, err := start(t, admin.Config{Address: "9190"}); !errors.As(err, &coded) || coded.ExitCode() != config.WrongUsage {
		t.Errorf("got %v", err)
	}
}

func TestReadinessIsThatOfTheProcess(t *testing.T) {
	server, _, err := start(t, admin.Config{Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path, want string, status int) {
		t.Helper()
		response, err := http.Get("http://" + server.Address() + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != status || !strings.Contains(string(text), want) {
			t.Errorf("GET %s: got %d %s", path, response.StatusCode, text)
		}
	}
	ask("/readyz", "the program is starting", http.StatusServiceUnavailable)
	var failed error
	server.Ready(admin.ReadyIf(func(context.Context) error { return failed }))
	ask("/readyz", `"serving"`, http.StatusOK)
	failed = errors.New("the store is away")
	ask("/readyz", "the store is away", http.StatusServiceUnavailable)
	ask("/healthz", `"serving"`, http.StatusOK)
}
