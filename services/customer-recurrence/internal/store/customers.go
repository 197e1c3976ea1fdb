package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/database"
)

const customerColumns = `customer_id, uid, profile, portal_password, version, created_at, updated_at`

func scanCustomer(row database.Row) (customer domain.Customer, err error) {
	var profile, password string
	var created, updated int64
	if err := row.Scan(&customer.ID, &customer.UID, &profile, &password, &customer.Version, &created, &updated); err != nil {
		return customer, err
	}
	if err := json.Unmarshal([]byte(profile), &customer.Profile); err != nil {
		return customer, fmt.Errorf("reading the profile of %s: %w", customer.ID, err)
	}
	if customer.Profile.DeliveryPortal != nil {
		customer.Profile.DeliveryPortal.Password = password
	}
	customer.CreateTime, customer.UpdateTime = instant(created), instant(updated)
	return customer, nil
}

func (r *reader) Customer(ctx context.Context, id domain.CustomerID) (domain.Customer, error) {
	return one(ctx, r, domain.CustomerName(id), scanCustomer,
		`SELECT `+customerColumns+` FROM customers WHERE tenant = $1 AND customer_id = $2`, string(r.tenant), string(id))
}

func (r *reader) Customers(ctx context.Context, after domain.CustomerID, limit int) ([]domain.Customer, bool, error) {
	return page(ctx, r, "customers", scanCustomer, limit,
		`SELECT `+customerColumns+` FROM customers WHERE tenant = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3`,
		string(r.tenant), string(after))
}

func (w *writer) CreateCustomer(ctx context.Context, customer domain.Customer) error {
	profile, err := document(customer.Profile)
	if err != nil {
		return err
	}
	password := ""
	if customer.Profile.DeliveryPortal != nil {
		password = customer.Profile.DeliveryPortal.Password
	}
	return w.insert(ctx,
		domain.CustomerName(customer.ID), customer,
		`INSERT INTO customers (tenant, customer_id, uid, grantor_tax_id, customer_tax_id, profile, portal_password, version, created_at, updated_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		string(w.tenant), string(customer.ID), string(customer.UID),
		string(customer.Profile.GrantorTaxID), string(customer.Profile.CustomerTaxID), profile, password,
		int64(customer.Version), customer.CreateTime.UnixMicro(), customer.UpdateTime.UnixMicro())
}
