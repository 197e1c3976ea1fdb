package store

import (
	"database/sql"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// bulk says how many resources of a kind are written at once. Its columns are the fields of the generated parameters, in their
// order.
type bulk struct {
	kind  resource.Kind
	table string
	// keys are the tenant and the id, and set the other columns.
	keys, set []database.Column
	row       func(auth.Tenant, resource.Resource) ([]any, error)
}

// bulks are the tables that batches write.
var bulks = []*bulk{
	bulkFor(resource.KindSubscription, "subscriptions", func(tenant auth.Tenant, given resource.Resource) (rows.UpdateSubscriptionParams, error) {
		changed, ok := given.(*subscription.Subscription)
		if !ok {
			return rows.UpdateSubscriptionParams{}, unknown(given)
		}
		row, err := subscriptionRow(tenant, changed)
		return rows.UpdateSubscriptionParams(row), err
	}),
	bulkFor(resource.KindAction, "subscription_actions", func(tenant auth.Tenant, given resource.Resource) (rows.UpdateActionParams, error) {
		changed, ok := given.(*subscription.Action)
		if !ok {
			return rows.UpdateActionParams{}, unknown(given)
		}
		row, err := actionRow(tenant, changed)
		return rows.UpdateActionParams(row), err
	}),
}

// bulkOf returns how resources of a kind are written at once, or nil if they are not.
func bulkOf(given resource.Resource) *bulk {
	for _, one := range bulks {
		if one.kind == given.Kind() {
			return one
		}
	}
	return nil
}

// keyColumns is how many columns identify a row: the tenant and the id.
const keyColumns = 2

func bulkFor[R any](kind resource.Kind, table string, row func(auth.Tenant, resource.Resource) (R, error)) *bulk {
	var columns []database.Column
	for _, field := range reflect.VisibleFields(reflect.TypeFor[R]()) {
		column := database.Column{Name: columnName(field.Name), Type: "TEXT"}
		if field.Type == reflect.TypeFor[int64]() || field.Type == reflect.TypeFor[sql.NullInt64]() {
			column.Type = "BIGINT"
		}
		columns = append(columns, column)
	}
	return &bulk{kind: kind, table: table, keys: columns[:keyColumns], set: columns[keyColumns:],
		row: func(tenant auth.Tenant, given resource.Resource) ([]any, error) {
			one, err := row(tenant, given)
			if err != nil {
				return nil, err
			}
			return values(reflect.ValueOf(one))
		}}
}

// columnName returns the column of a generated field: owner_group for OwnerGroup.
func columnName(field string) string {
	var name []byte
	for i, letter := range []byte(field) {
		upper := letter >= 'A' && letter <= 'Z'
		if upper && i > 0 && (field[i-1] < 'A' || field[i-1] > 'Z') {
			name = append(name, '_')
		}
		if upper {
			letter += 'a' - 'A'
		}
		name = append(name, letter)
	}
	return string(name)
}

// values returns the fields of a generated row as values of columns.
func values(row reflect.Value) ([]any, error) {
	all := make([]any, row.NumField())
	for i := range all {
		switch value := row.Field(i).Interface().(type) {
		case string, int64:
			all[i] = value
		case sql.NullString:
			if value.Valid {
				all[i] = value.String
			}
		case sql.NullInt64:
			if value.Valid {
				all[i] = value.Int64
			}
		default:
			return nil, fmt.Errorf("a batch cannot write a %T", value)
		}
	}
	return all, nil
}
