package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// loadPlans fills the tables of lists with some thousands of rows.
var loadPlans = []string{
	`INSERT INTO customers (tenant, customer_id, uid, grantor_tax_id, customer_tax_id, profile, portal_password, version, created_at, updated_at,
		business_name, given_name, first_surname, customer_code) SELECT 't', 'C' || n, n || '', 'G', 'T' || n, '{}', '', 1, 0, 0, 'B' || n, 'N' || n, 'S' || n, 'K' || n FROM numbers`,
	`INSERT INTO packages (tenant, package_id, display_name, service_ids, enforced, version, created_at, updated_at)
		SELECT 't', 'P' || n, 'D' || n, '[]', FALSE, 1, 0, 0 FROM numbers`,
	`INSERT INTO services (tenant, service_id, display_name, unit, prices, inactive, version, created_at, updated_at)
		SELECT 't', 'S' || n, 'D' || n, '', '', FALSE, 1, 0, 0 FROM numbers`,
	`INSERT INTO recurrences (tenant, customer_id, recurrence_id, package_id, display_name, price, services, version, created_at, updated_at)
		SELECT 't', 'C' || n, 'R' || n, 'P' || n, 'D' || n, '1', '[]', 1, 0, 0 FROM numbers`,
	`ANALYZE`,
}

// TestListsUseIndexes checks that lists by what people look for read an index.
func TestListsUseIndexes(t *testing.T) {
	databasetest.Each(t, store.Migrations, func(t *testing.T, db *database.DB) {
		databasetest.Execute(t, db, databasetest.Numbers...)
		databasetest.Execute(t, db, loadPlans...)
		for _, list := range []struct {
			table   string
			columns map[string]string
			order   []listing.Order
			fields  map[string]string
		}{
			{"customers", store.CustomerColumns, []listing.Order{{Field: "name"}}, map[string]string{
				"customer_tax_id": "customers_by_tax_id", "business_name": "customers_by_business_",
				"first_surname": "customers_by_surname", "customer_code": "customers_by_code",
			}},
			{"packages", store.PackageColumns, []listing.Order{{Field: "name"}}, map[string]string{"display_name": "packages_by_"}},
			{"services", store.ServiceColumns, []listing.Order{{Field: "name"}}, map[string]string{"display_name": "services_by_"}},
			{"recurrences", store.RecurrenceColumns, []listing.Order{{Field: "customer"}, {Field: "recurrence"}}, map[string]string{
				"package_id": "recurrences_by_package", "display_name": "recurrences_by_", "recurrence": "recurrences_by_id",
			}},
		} {
			for field, index := range list.fields {
				for what, query := range map[string]listing.Query{
					"equal":  {Where: listing.Is(field, "x1"), Order: list.order},
					"prefix": {Where: listing.Prefix{Field: field, Prefix: "x1"}, Order: list.order},
					"order":  {Order: slices.Concat([]listing.Order{{Field: field}}, slices.DeleteFunc(slices.Clone(list.order), func(o listing.Order) bool { return o.Field == field }))},
				} {
					query.Limit = 51
					plan := databasetest.Plan(t, db, `SELECT * FROM `+list.table+` WHERE tenant = $1`, list.columns, query)
					if !strings.Contains(plan, index) {
						t.Errorf("%s by %s, %s: the plan must use %s, got\n%s", list.table, field, what, index, plan)
					}
				}
			}
		}
	})
}

// TestReferencesOfUsageUseAnIndex checks that whether a service or a package was consumed is found by an index.
func TestReferencesOfUsageUseAnIndex(t *testing.T) {
	databasetest.Each(t, store.Migrations, func(t *testing.T, db *database.DB) {
		databasetest.Execute(t, db, databasetest.Numbers...)
		databasetest.Execute(t, db, loadPlans[:len(loadPlans)-1]...)
		databasetest.Execute(t, db, `INSERT INTO usage_totals (tenant, total_id, customer_id, recurrence_id, service_id, month, consumed, included, alerted, package_id)
			SELECT 't', 'U' || n, 'C' || n, 'R' || n, 'S' || n, '2026-01-01', 1, 1, 100, 'P' || n FROM numbers`, `ANALYZE`)
		columns := map[string]string{"service_id": "service_id", "package_id": "package_id"}
		for field, index := range map[string]string{"service_id": "usage_totals_by_service", "package_id": "usage_totals_by_package"} {
			plan := databasetest.Plan(t, db, `SELECT count(*) FROM usage_totals WHERE tenant = $1`, columns, listing.Query{Where: listing.Is(field, "x1")})
			if !strings.Contains(plan, index) {
				t.Errorf("the plan must use %s, got\n%s", index, plan)
			}
		}
	})
}

// TestSumsOfUsageUseTheKey checks that what was consumed in a month is found by its key among the totals of many recurrences and
// months.
func TestSumsOfUsageUseTheKey(t *testing.T) {
	databasetest.Each(t, store.Migrations, func(t *testing.T, db *database.DB) {
		databasetest.Execute(t, db, databasetest.Numbers...)
		databasetest.Execute(t, db, loadPlans[:len(loadPlans)-1]...)
		databasetest.Execute(t, db, `INSERT INTO usage_totals (tenant, total_id, customer_id, recurrence_id, service_id, month, consumed, included, alerted)
			SELECT 't', 'U' || n || '/' || m, 'C' || n, 'R' || n, 'S', '2026-0' || m || '-01', 100000000, 1, 100
			FROM numbers, (SELECT 1 AS m UNION SELECT 2 UNION SELECT 3) AS months`, `ANALYZE`)
		columns := map[string]string{"customer": "customer_id", "recurrence": "recurrence_id", "month": "month", "service_id": "service_id"}
		plan := databasetest.Plan(t, db, `SELECT * FROM usage_totals WHERE tenant = $1`, columns, listing.Query{
			Where: listing.All(listing.Is("customer", "C7"), listing.Is("recurrence", "R7"), listing.Is("month", "2026-02-01")), Order: []listing.Order{{Field: "service_id"}},
		})
		if !strings.Contains(plan, "usage_totals_pkey") && !strings.Contains(plan, "sqlite_autoindex_usage_totals_1") {
			t.Errorf("the plan must use the key, got\n%s", plan)
		}
	})
}
