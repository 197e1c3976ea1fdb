package customerrecurrence_test

import (
	"slices"
	"testing"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
)

// The entries were written by the previous version, one for every type of resource.
func TestUpgradeConvertsJSONFeedStates(t *testing.T) {
	migrations := customerrecurrence.Migrations()
	legacytest.Run(t, legacytest.Before(t, migrations, "00105"), migrations, legacytest.Entries(t, "testdata/json_feed.jsonl"))
}

// Settings of before limits could be of cycles are of months, with alerts at 80 and 100 percent.
func TestUpgradeKeepsLimitsOfMonths(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			older := legacytest.Before(t, customerrecurrence.Migrations(), "00140")
			url := databasetest.Migrated(t, engine, older)
			db, err := database.Open(t.Context(), url, older)
			if err != nil {
				t.Fatal(err)
			}
			databasetest.Execute(t, db, `INSERT INTO recurrence_settings (tenant, time_zone, proration, quote_validity_seconds, version, created_at, updated_at)
				VALUES ('default', 'America/Mexico_City', 'PERIOD', 3600, 3, 0, 0)`)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			f := startFixture(t, url)
			own, err := f.settings.GetRecurrenceSettings(t.Context(), &customerrecurrencev1.GetRecurrenceSettingsRequest{Name: "recurrenceSettings"})
			if err != nil || own.GetTimeZone() != "America/Mexico_City" || own.GetUsageWindow() != customerrecurrencev1.UsageWindow_USAGE_WINDOW_MONTH ||
				!slices.Equal(own.GetUsageAlertPercents(), []int32{80, 100}) {
				t.Errorf("got %v, error %v", own, err)
			}
			if own, err = f.setUsage(customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE, 70); err != nil || own.GetProration() != customerrecurrencev1.Proration_PRORATION_BY_PERIOD {
				t.Errorf("got %v, error %v", own, err)
			}
		})
	}
}

// Services of before they had versions cost what they cost.
func TestUpgradeKeepsPricesOfServices(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			older := legacytest.Before(t, customerrecurrence.Migrations(), "00190")
			url := databasetest.Migrated(t, engine, older)
			db, err := database.Open(t.Context(), url, older)
			if err != nil {
				t.Fatal(err)
			}
			databasetest.Execute(t, db, `INSERT INTO services (tenant, service_id, display_name, unit, prices, inactive, version, created_at, updated_at)
				VALUES ('default', 'S', 'Timbrado', 'CFDI', '[{"cycle":"MONTHLY","currency":"MXN","amount":"1.5"}]', FALSE, 3, 0, 0)`)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			f := startFixture(t, url)
			sold, err := f.catalogue.GetService(t.Context(), &customerrecurrencev1.GetServiceRequest{Name: "services/S"})
			if err != nil || len(sold.GetVersions()) > 0 || len(sold.GetPrices()) != 1 || sold.GetPrices()[0].GetPrice().GetUnits() != 1 {
				t.Errorf("got %v, error %v", sold, err)
			}
		})
	}
}
