package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Sealed names the column with the passwords of delivery portals.
var Sealed = database.Sealed{Table: "customers", Keys: []string{"tenant", "customer_id"}, Columns: []string{"portal_password"}}

// customerRow converts a customer to a row of its table.
func customerRow(tx *database.Tx, tenant auth.Tenant, customer customer.Customer) (rows.Customer, error) {
	password, err := tx.Secrets.Seal(customer.Profile.PortalPassword(), Sealed.Place(string(tenant), string(customer.ID))...)
	if err != nil {
		return rows.Customer{}, fmt.Errorf("sealing the portal password of customer %s: %w", customer.ID, err)
	}
	profile, err := document(customer.Profile)
	if err != nil {
		return rows.Customer{}, err
	}
	cancellation, err := optionalOne(customer.Cancellation)
	row := rows.Customer{
		Tenant:         string(tenant),
		CustomerID:     string(customer.ID),
		UID:            string(customer.UID),
		GrantorTaxID:   string(customer.Profile.GrantorTaxID),
		CustomerTaxID:  string(customer.Profile.CustomerTaxID),
		Profile:        profile,
		Version:        customer.Version,
		CreatedAt:      customer.CreateTime.UnixMicro(),
		UpdatedAt:      customer.UpdateTime.UnixMicro(),
		PortalPassword: password,
		Inactive:       customer.Inactive,
		BusinessName:   customer.Profile.BusinessName,
		GivenName:      customer.Profile.GivenName,
		FirstSurname:   customer.Profile.FirstSurname,
		CustomerCode:   customer.Profile.CustomerCode,
		State:          string(customer.State),
		Cancellation:   cancellation,
		MergedInto:     string(customer.MergedInto),
	}
	return row, err
}

// customerOf converts a row to a customer.
func (r *reader) customerOf(row rows.Customer) (customer.Customer, error) {
	customer := customer.Customer{
		ID:         customer.ID(row.CustomerID),
		UID:        customer.GUID(row.UID),
		Inactive:   row.Inactive,
		Version:    row.Version,
		CreateTime: instant(row.CreatedAt),
		UpdateTime: instant(row.UpdatedAt),
		Life:       customer.Life{State: customer.State(row.State), MergedInto: customer.ID(row.MergedInto)},
	}
	if row.Cancellation != "" {
		if err := readDocument(row.Cancellation, &customer.Cancellation); err != nil {
			return customer, err
		}
	}
	if err := readDocument(row.Profile, &customer.Profile); err != nil {
		return customer, err
	}
	portal := customer.Profile.DeliveryPortal
	if portal == nil {
		return customer, nil
	}
	var err error
	if portal.Password, err = r.tx.Secrets.Open(row.PortalPassword, Sealed.Place(row.Tenant, row.CustomerID)...); err != nil {
		return customer, fmt.Errorf("opening the portal password of customer %s: %w", row.CustomerID, err)
	}
	return customer, nil
}

func (r *reader) Customer(ctx context.Context, id customer.ID) (customer.Customer, error) {
	row, err := r.rows.GetCustomer(ctx, rows.GetCustomerParams{Tenant: string(r.tenant), CustomerID: string(id)})
	return one("customer", row, err, r.customerOf)
}

// customerColumns maps the fields of the customer list to columns.
var customerColumns = map[string]string{
	"name": "customer_id", "guid": "uid", "grantor_tax_id": "grantor_tax_id", "customer_tax_id": "customer_tax_id",
	"business_name": "business_name", "given_name": "given_name", "first_surname": "first_surname",
	"customer_code": "customer_code", "inactive": "inactive", "state": "state", "create_time": "created_at", "update_time": "updated_at",
}

func (r *reader) Customers(ctx context.Context, query listing.Query) ([]customer.Customer, error) {
	found, err := r.list(query, customerColumns).ListCustomers(ctx, string(r.tenant))
	return many("customers", found, err, r.customerOf)
}

func (r *reader) CountCustomers(ctx context.Context, where listing.Condition) (count int64, err error) {
	condition, args, err := r.tx.Where(where, customerColumns, string(r.tenant))
	if err != nil {
		return 0, err
	}
	found, err := r.tx.QueryContext(ctx, "SELECT count(*) FROM customers WHERE tenant = $1 AND "+condition, args...)
	if err != nil {
		return 0, fmt.Errorf("counting customers: %w", err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() && err == nil {
		err = found.Scan(&count)
	}
	return count, errors.Join(err, found.Err())
}

func (w *writer) CreateCustomer(ctx context.Context, customer customer.Customer) error {
	row, err := customerRow(w.tx, w.tenant, customer)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateCustomer(ctx, rows.CreateCustomerParams(row))
	return w.written(ctx, created, err, mutation.ErrTaken, feed.Created, customer)
}

func (w *writer) UpdateCustomer(ctx context.Context, customer *customer.Customer) error {
	customer.Version, customer.UpdateTime = customer.Version+1, w.Now()
	row, err := customerRow(w.tx, w.tenant, *customer)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateCustomer(ctx, rows.UpdateCustomerParams(row))
	return w.written(ctx, updated, err, mutation.ErrStale, feed.Updated, *customer)
}

func (w *writer) DeleteCustomer(ctx context.Context, customer customer.Customer) error {
	deleted, err := w.rows.DeleteCustomer(ctx, rows.DeleteCustomerParams{
		Tenant: string(w.tenant), CustomerID: string(customer.ID), Version: customer.Version,
	})
	return w.deleted(ctx, deleted, err, customer)
}

func (w *writer) DuplicatesOfCustomer(ctx context.Context, id customer.ID) (int64, error) {
	return w.rows.CountCustomersMergedInto(ctx, rows.CountCustomersMergedIntoParams{Tenant: string(w.tenant), MergedInto: string(id)})
}

func (w *writer) RecurrencesOfCustomer(ctx context.Context, id customer.ID) (int64, error) {
	return w.rows.CountRecurrencesOfCustomer(ctx, rows.CountRecurrencesOfCustomerParams{Tenant: string(w.tenant), CustomerID: string(id)})
}
