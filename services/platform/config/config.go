// Package config holds the settings that Continuo's programs share. Each setting is an environment
// variable and a flag; a program embeds the groups it needs.
package config

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/reload"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// Log configures logging.
type Log struct {
	LogFormat string `env:"CONTINUO_LOG_FORMAT" enum:"text,json" default:"text" help:"Format of log lines: text or json."`
	LogLevel  string `env:"CONTINUO_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"Lowest level to log."`
}

// AfterApply creates the logger for standard error and binds it for the command that runs.
// Libraries log through it too, so that all lines on standard error have one format.
func (l Log) AfterApply(command *kong.Context) error {
	logger, err := telemetry.NewLogger(os.Stderr, l.LogFormat, l.LogLevel)
	if err != nil {
		return err
	}
	slog.SetDefault(logger)
	telemetry.SetGRPCLogger(logger)
	command.Bind(logger)
	return nil
}

// Auth configures authentication.
type Auth struct {
	Auth string `env:"CONTINUO_AUTH" default:"off" help:"How callers authenticate: off (only if every address is a loopback address), keys:FILE or oidc:ISSUER."`
	OIDC
}

// Authenticator returns the authenticator of the setting. Without authentication every address must
// be a loopback address. Keys are loaded again on SIGHUP and when their file changes, until ctx ends.
func (a Auth) Authenticator(ctx context.Context, logger *slog.Logger, addresses ...string) (auth.Authenticator, error) {
	mode, rest, _ := strings.Cut(a.Auth, ":")
	switch mode {
	case "off":
		for _, address := range addresses {
			if !isLoopback(address) {
				return nil, wrongf("CONTINUO_AUTH=off is allowed on loopback addresses only, and %s is not one; set CONTINUO_AUTH=keys:FILE or oidc:ISSUER", address)
			}
		}
		return auth.Off{}, nil
	case "keys":
		keys, err := auth.OpenKeys(rest, logger)
		if err != nil {
			return nil, wrong{err}
		}
		go reload.Watch(ctx, logger, "keys", []string{rest}, keys.Reload)
		return keys, nil
	case "oidc":
		return a.start(ctx, logger, rest)
	}
	return nil, wrongf("CONTINUO_AUTH=%s: must be off, keys:FILE or oidc:ISSUER", a.Auth)
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Data configures embedded stores.
type Data struct {
	DataDir string `env:"CONTINUO_DATA_DIR" default:"./data" help:"Folder of the SQLite files."`
	Demo    bool   `env:"CONTINUO_DEMO" default:"false" help:"Load the demo data into an empty store. Only with CONTINUO_AUTH=off."`
}

// CheckDemo returns an error if demo data would be served to strangers: its token and its password are
// published.
func (d Data) CheckDemo(a Auth) error {
	if d.Demo && a.Auth != "off" {
		return wrongf("CONTINUO_DEMO=true is allowed with CONTINUO_AUTH=off only, since everybody knows the token and the password of the demo data")
	}
	return nil
}

// Changes configures the change feed and webhooks.
type Changes struct {
	ChangeRetention      Duration `env:"CONTINUO_CHANGE_RETENTION" default:"0" help:"How long changes are kept, for example 2160h; 0 keeps them forever."`
	AllowPrivateWebhooks bool     `env:"CONTINUO_ALLOW_PRIVATE_WEBHOOKS" default:"false" help:"Allow webhooks to private and loopback addresses, and without TLS."`
}

// Duration is a duration that is not negative.
type Duration time.Duration

// UnmarshalText reads a duration such as 20s or 2160h.
func (d *Duration) UnmarshalText(text []byte) error {
	read, err := time.ParseDuration(string(text))
	if err != nil || read < 0 {
		return fmt.Errorf("%q is not a duration of at least 0, like 20s or 2160h", text)
	}
	*d = Duration(read)
	return nil
}

// StoreURL returns the given database URL, or by default the SQLite file of a service in the data
// folder. embedded reports whether the store is a SQLite file.
func (d Data) StoreURL(given, service string) (url string, embedded bool) {
	if given == "" {
		given = "sqlite:" + filepath.Join(d.DataDir, service+".db")
	}
	return given, strings.HasPrefix(given, "sqlite:")
}

// CustomerRecurrence holds the address of the customer-recurrence service.
type CustomerRecurrence struct {
	CustomerRecurrenceAddr string `env:"CONTINUO_CUSTOMER_RECURRENCE_ADDR" default:"127.0.0.1:9101" help:"Address of the customer-recurrence service; the gateway takes several, separated by commas."`
}

// CustomerRecurrenceStore holds the database URL of the customer-recurrence service.
type CustomerRecurrenceStore struct {
	CustomerRecurrenceDatabaseURL string `name:"customer-recurrence-database-url" env:"CONTINUO_CUSTOMER_RECURRENCE_DATABASE_URL" help:"Database of the customer-recurrence service: sqlite:PATH or postgres://URL. Default: a SQLite file in the data folder."`
}

// Subscription holds the address of the subscription service.
type Subscription struct {
	SubscriptionAddr string `env:"CONTINUO_SUBSCRIPTION_ADDR" default:"127.0.0.1:9102" help:"Address of the subscription service; the gateway takes several, separated by commas."`
}

// SubscriptionStore holds the database URL of the subscription service.
type SubscriptionStore struct {
	SubscriptionDatabaseURL string `name:"subscription-database-url" env:"CONTINUO_SUBSCRIPTION_DATABASE_URL" help:"Database of the subscription service: sqlite:PATH or postgres://URL. Default: a SQLite file in the data folder."`
}

// RecurringBilling holds the address of the recurring-billing service.
type RecurringBilling struct {
	RecurringBillingAddr string `env:"CONTINUO_RECURRING_BILLING_ADDR" default:"127.0.0.1:9103" help:"Address of the recurring-billing service; the gateway takes several, separated by commas."`
}

// RecurringBillingStore holds the database URL of the recurring-billing service.
type RecurringBillingStore struct {
	RecurringBillingDatabaseURL string `name:"recurring-billing-database-url" env:"CONTINUO_RECURRING_BILLING_DATABASE_URL" help:"Database of the recurring-billing service: sqlite:PATH or postgres://URL. Default: a SQLite file in the data folder."`
}

// Gateway configures the REST gateway.
type Gateway struct {
	HTTPAddr            string  `name:"http-addr" env:"CONTINUO_HTTP_ADDR" default:"127.0.0.1:8080" help:"Address of the REST gateway."`
	CORSOrigins         Origins `name:"cors-origins" env:"CONTINUO_CORS_ORIGINS" help:"Origins of web pages that may call the gateway, separated by commas, for example https://app.example.com; * for all. Default: none."`
	CRMCOMFailureStatus string  `name:"crmcom-failure-status" env:"CONTINUO_CRMCOM_FAILURE_STATUS" enum:",200" default:"" help:"HTTP status of all failures of the CRM.COM contract: 200, for clients that read the envelope of no other. Default: the fitting 4xx or 5xx."`
}

// FailureStatus returns the HTTP status of failures by contract, for contracts that have one status
// for all.
func (g Gateway) FailureStatus() map[string]int {
	if g.CRMCOMFailureStatus == "" {
		return nil
	}
	return map[string]int{"crmcom": http.StatusOK}
}
