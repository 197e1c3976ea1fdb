package config_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc/grpclog"

	"github.com/continuo-billing/continuo/services/platform/config"
)

func TestAuthOffRequiresLoopback(t *testing.T) {
	for address, allowed := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:1": true, "[::1]:80": true,
		"0.0.0.0:8080": false, ":8080": false, "192.0.2.1:80": false, "example.org:80": false, "nonsense": false,
	} {
		_, err := config.Auth{Auth: "off"}.Authenticator(t.Context(), slog.New(slog.DiscardHandler), "127.0.0.1:1", address)
		if (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, mode := range []string{"", "on", "keys:", "keys:/no/such/file", "oidc:nonsense", "oidc:http://id.example.com", "oidc:https://id.example.com"} {
		if _, err := (config.Auth{Auth: mode}).Authenticator(t.Context(), slog.New(slog.DiscardHandler), "127.0.0.1:1"); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("mode %q: got %v, want a one-line error", mode, err)
		}
	}
}

func TestOIDCNeedsAnAudienceAndClaims(t *testing.T) {
	for want, settings := range map[string]config.OIDC{
		"":                       {OIDCAudience: "a", OIDCTenantClaim: "t", OIDCActorClaim: "s", OIDCScopesClaim: "c"},
		"CONTINUO_OIDC_AUDIENCE": {OIDCTenantClaim: "t", OIDCActorClaim: "s", OIDCScopesClaim: "c"},
		"must name a claim":      {OIDCAudience: "a", OIDCTenantClaim: "t", OIDCActorClaim: "s"},
	} {
		of := config.Auth{Auth: "oidc:http://127.0.0.1:1", OIDC: settings}
		if _, err := of.Authenticator(t.Context(), slog.New(slog.DiscardHandler), "192.0.2.1:80"); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestStoreURLDefaultsToDataFolder(t *testing.T) {
	data := config.Data{DataDir: "somewhere"}
	if url, embedded := data.StoreURL("", "subscription"); url != "sqlite:somewhere/subscription.db" || !embedded {
		t.Errorf("default store: got %s, embedded %v", url, embedded)
	}
	if url, embedded := data.StoreURL("postgres://db/x", "subscription"); url != "postgres://db/x" || embedded {
		t.Errorf("named store: got %s, embedded %v", url, embedded)
	}
}

func TestGatewaySettings(t *testing.T) {
	for _, test := range []struct {
		origins, status string
		want            []string
		refused         string
	}{
		{"", "", nil, ""},
		{"https://a.example, http://localhost:3000", "", []string{"https://a.example", "http://localhost:3000"}, ""},
		{"*", "200", []string{"*"}, ""},
		{"*,https://a.example", "", nil, "must stand alone"},
		{"a.example", "", nil, `"a.example" is not an origin`},
		{"https://a.example/", "", nil, "is not an origin"},
		{"https://*.example", "", nil, "is not an origin"},
		{"https://a.example,", "", nil, `"" is not an origin`},
		{"null", "", nil, "is not an origin"},
		{"", "404", nil, "404"},
	} {
		t.Setenv("CONTINUO_CORS_ORIGINS", test.origins)
		t.Setenv("CONTINUO_CRMCOM_FAILURE_STATUS", test.status)
		var settings config.Gateway
		parser, err := kong.New(&settings)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse(nil)
		if test.refused != "" {
			if err == nil || !strings.Contains(err.Error(), test.refused) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q, %q: got %v, want %q in one line", test.origins, test.status, err, test.refused)
			}
			continue
		}
		if err != nil || !slices.Equal(settings.CORSOrigins, test.want) || (settings.FailureStatus()["crmcom"] == 200) != (test.status != "") {
			t.Errorf("%q, %q: got %v, %v", test.origins, test.status, settings, err)
		}
	}
}

// logs is set in the child process that TestLibrariesWriteToTheLogOnly starts.
const logs = "CONTINUO_TEST_LOGS"

// TestLibrariesWriteToTheLogOnly checks that all output on standard error is in the log format,
// since readers of the log would miss other lines. It needs a process of its own to capture
// standard error.
func TestLibrariesWriteToTheLogOnly(t *testing.T) {
	if os.Getenv(logs) != "" {
		logEverywhere(t)
		return
	}
	program := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	program.Env = append(os.Environ(), logs+"=1", "GRPC_GO_LOG_SEVERITY_LEVEL=info")
	var written bytes.Buffer
	program.Stderr = &written
	if err := program.Run(); err != nil {
		t.Fatalf("%v, output:\n%s", err, &written)
	}
	var got []string
	for lines := bufio.NewScanner(&written); lines.Scan(); {
		var line struct{ Level, Msg string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Errorf("%q is not a log line", lines.Text())
			continue
		}
		got = append(got, line.Level+" "+line.Msg)
	}
	want := "INFO by slog|INFO by log|WARN Failed to flush response to client: closed|WARN a b|WARN [core] c 1|DEBUG [core] d|DEBUG e"
	if strings.Join(got, "|") != want {
		t.Errorf("logged %q, want %s", got, want)
	}
}

func logEverywhere(t *testing.T) {
	var cli struct{ config.Log }
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--log-format=json", "--log-level=debug"}); err != nil {
		t.Fatal(err)
	}
	slog.Info("by slog")
	log.Print("by log")
	grpclog.Errorf("Failed to flush response to client: %v", "closed") // as grpc-gateway does
	grpclog.Errorln("a", "b")
	core := grpclog.Component("core")
	core.Error("c", 1)
	core.Warningln("d")
	grpclog.Info("e")
	if core.V(2) {
		grpclog.Info("too much")
	}
}

func TestCheckNamesRefusesUnknownSettings(t *testing.T) {
	var cli struct {
		config.Log
		Serve struct {
			Hints bool `env:"CONTINUO_HINTS"`
		}
	}
	for variable, want := range map[string]string{
		"CONTINUO_LOG_LEVEL=info":     "",
		"CONTINUO_HINTS=true":         "",
		"CONTINUO_HTTP_ADDR=:1":       "", // of another program in the same environment
		"CONTINUO_TEST_LOGS=1":        "",
		"PATH=/bin":                   "",
		"CONTINUO_HTTP_ADR=:1":        "CONTINUO_HTTP_ADR is not a setting",
		"CONTINUO_CHANGE_RETENTON=1h": "CONTINUO_CHANGE_RETENTON is not a setting",
	} {
		err := config.CheckNames([]string{variable}, &cli)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "CONTINUO_HINTS")) {
			t.Errorf("%s: got %v, want %q", variable, err, want)
		}
	}
}

func TestRetentionIsNotNegative(t *testing.T) {
	for text, want := range map[string]bool{"0": true, "2160h": true, "-5h": false, "5": false, "": false, "soon": false} {
		var settings config.Changes
		parser, err := kong.New(&settings)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse([]string{"--change-retention=" + text})
		if (err == nil) != want || err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, want it accepted: %t", text, err, want)
		}
	}
}

func TestDemoDataIsNotServedToStrangers(t *testing.T) {
	for _, test := range []struct {
		demo    bool
		auth    string
		allowed bool
	}{{true, "off", true}, {false, "keys:f", true}, {false, "off", true}, {true, "keys:f", false}, {true, "oidc:x", false}} {
		err := config.Data{Demo: test.demo}.CheckDemo(config.Auth{Auth: test.auth})
		if (err == nil) != test.allowed || err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: got %v", test, err)
		}
	}
}

func TestLoginsPerMinuteIsPositive(t *testing.T) {
	var limit config.PerMinute
	if err := limit.UnmarshalText([]byte("30")); err != nil || limit != 30 {
		t.Errorf("got %d, %v", limit, err)
	}
	for _, wrong := range []string{"", "0", "-1", "many", "1.5"} {
		if err := limit.UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q was accepted", wrong)
		}
	}
}
