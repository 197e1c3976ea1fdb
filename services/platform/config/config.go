// Package config holds the settings that Continuo's programs share. Each is an environment variable and a flag of the
// same meaning; a program embeds the parts it needs.
package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// Log says how a program logs.
type Log struct {
	LogFormat string `env:"CONTINUO_LOG_FORMAT" enum:"text,json" default:"text" help:"Form of log lines: text or json."`
	LogLevel  string `env:"CONTINUO_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"Least level that is logged."`
}

// AfterApply makes the logger, to standard error, and hands it to the command that runs. What libraries log goes there too, so
// that nothing else is written to standard error.
func (l Log) AfterApply(command *kong.Context) error {
	logger, err := telemetry.NewLogger(os.Stderr, l.LogFormat, l.LogLevel)
	if err != nil {
		return err
	}
	slog.SetDefault(logger)
	telemetry.TakeGRPCLog(logger)
	command.Bind(logger)
	return nil
}

// Auth says how callers are known.
type Auth struct {
	Auth string `env:"CONTINUO_AUTH" default:"off" help:"How callers are known: off (only while every address is loopback) or keys:FILE."`
}

// Authenticator is what the setting names. Without authentication every address must be a loopback address.
func (a Auth) Authenticator(addresses ...string) (auth.Authenticator, error) {
	mode, rest, _ := strings.Cut(a.Auth, ":")
	switch mode {
	case "off":
		for _, address := range addresses {
			if !isLoopback(address) {
				return nil, fmt.Errorf("CONTINUO_AUTH=off is allowed on loopback addresses only, and %s is none: set CONTINUO_AUTH=keys:FILE", address)
			}
		}
		return auth.Off{}, nil
	case "keys":
		return auth.LoadKeys(rest)
	}
	return nil, fmt.Errorf("CONTINUO_AUTH=%s: must be off or keys:FILE", a.Auth)
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Data says where embedded stores lie and whether they start with the demo data.
type Data struct {
	DataDir string `env:"CONTINUO_DATA_DIR" default:"./data" help:"Folder of the SQLite files."`
	Demo    bool   `env:"CONTINUO_DEMO" default:"false" help:"Load the demo data into an empty store."`
}

// Changes says what becomes of the change feed.
type Changes struct {
	ChangeRetention      time.Duration `env:"CONTINUO_CHANGE_RETENTION" default:"0" help:"How long changes are kept, for example 2160h; 0: for ever."`
	AllowPrivateWebhooks bool          `env:"CONTINUO_ALLOW_PRIVATE_WEBHOOKS" default:"false" help:"Let webhooks go to private and loopback addresses, and without TLS."`
}

// StoreURL is the database URL given, or the SQLite file of a service in the data folder; embedded reports which.
func (d Data) StoreURL(given, service string) (url string, embedded bool) {
	if given == "" {
		given = "sqlite:" + filepath.Join(d.DataDir, service+".db")
	}
	return given, strings.HasPrefix(given, "sqlite:")
}

// CustomerRecurrence says where the customer-recurrence service listens or is dialled.
type CustomerRecurrence struct {
	CustomerRecurrenceAddr string `env:"CONTINUO_CUSTOMER_RECURRENCE_ADDR" default:"127.0.0.1:9101" help:"Address of the customer-recurrence service; the gateway takes several, separated by commas."`
}

// CustomerRecurrenceStore says where the customer-recurrence service keeps its rows.
type CustomerRecurrenceStore struct {
	CustomerRecurrenceDatabaseURL string `name:"customer-recurrence-database-url" env:"CONTINUO_CUSTOMER_RECURRENCE_DATABASE_URL" help:"Database of the customer-recurrence service: sqlite:PATH or postgres://URL. Default: a SQLite file in the data folder."`
}

// Subscription says where the subscription service listens or is dialled.
type Subscription struct {
	SubscriptionAddr string `env:"CONTINUO_SUBSCRIPTION_ADDR" default:"127.0.0.1:9102" help:"Address of the subscription service; the gateway takes several, separated by commas."`
}

// SubscriptionStore says where the subscription service keeps its rows.
type SubscriptionStore struct {
	SubscriptionDatabaseURL string `name:"subscription-database-url" env:"CONTINUO_SUBSCRIPTION_DATABASE_URL" help:"Database of the subscription service: sqlite:PATH or postgres://URL. Default: a SQLite file in the data folder."`
}

// RecurringBilling says where the recurring-billing service listens or is dialled.
type RecurringBilling struct {
	RecurringBillingAddr string `env:"CONTINUO_RECURRING_BILLING_ADDR" default:"127.0.0.1:9103" help:"Address of the recurring-billing service; the gateway takes several, separated by commas."`
}

// RecurringBillingStore says where the recurring-billing service keeps its rows.
type RecurringBillingStore struct {
	RecurringBillingDatabaseURL string `name:"recurring-billing-database-url" env:"CONTINUO_RECURRING_BILLING_DATABASE_URL" help:"Database of the recurring-billing service: sqlite:PATH or postgres://URL. Default: a SQLite file in the data folder."`
}

// Gateway says where the REST gateway listens.
type Gateway struct {
	HTTPAddr string `name:"http-addr" env:"CONTINUO_HTTP_ADDR" default:"127.0.0.1:8080" help:"Address of the REST gateway."`
}
