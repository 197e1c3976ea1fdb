package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// customerRow converts a customer to a row of its table.
func customerRow(tenant auth.Tenant, customer customer.Customer) (rows.Customer, error) {
	profile, err := document(customer.Profile)
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
		PortalPassword: customer.Profile.PortalPassword(),
		Inactive:       customer.Inactive,
		BusinessName:   customer.Profile.BusinessName,
		GivenName:      customer.Profile.GivenName,
		FirstSurname:   customer.Profile.FirstSurname,
		CustomerCode:   customer.Profile.CustomerCode,
	}
	return row, err
}

// customerOf converts a row to a customer.
func customerOf(row rows.Customer) (customer.Customer, error) {
	customer := customer.Customer{
		ID:         customer.ID(row.CustomerID),
		UID:        customer.GUID(row.UID),
		Inactive:   row.Inactive,
		Version:    row.Version,
		CreateTime: instant(row.CreatedAt),
		UpdateTime: instant(row.UpdatedAt),
	}
	err := readDocument(row.Profile, &customer.Profile)
	if portal := customer.Profile.DeliveryPortal; portal != nil {
		portal.Password = row.PortalPassword
	}
	return customer, err
}

func (r *reader) Customer(ctx context.Context, id customer.ID) (customer.Customer, error) {
	row, err := r.rows.GetCustomer(ctx, rows.GetCustomerParams{Tenant: string(r.tenant), CustomerID: string(id)})
	return one("customer", row, err, customerOf)
}

// customerColumns maps the fields of the customer list to columns.
var customerColumns = map[string]string{
	"name": "customer_id", "guid": "uid", "grantor_tax_id": "grantor_tax_id", "customer_tax_id": "customer_tax_id",
	"business_name": "business_name", "given_name": "given_name", "first_surname": "first_surname",
	"customer_code": "customer_code", "inactive": "inactive", "create_time": "created_at", "update_time": "updated_at",
}

func (r *reader) Customers(ctx context.Context, query listing.Query) ([]customer.Customer, error) {
	found, err := r.list(query, customerColumns).ListCustomers(ctx, string(r.tenant))
	return many("customers", found, err, customerOf)
}

func (w *writer) CreateCustomer(ctx context.Context, customer customer.Customer) error {
	row, err := customerRow(w.tenant, customer)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateCustomer(ctx, rows.CreateCustomerParams(row))
	return w.written(ctx, created, err, mutation.ErrTaken, feed.Created, customer)
}

func (w *writer) UpdateCustomer(ctx context.Context, customer *customer.Customer) error {
	customer.Version, customer.UpdateTime = customer.Version+1, w.Now()
	row, err := customerRow(w.tenant, *customer)
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

func (w *writer) RecurrencesOfCustomer(ctx context.Context, id customer.ID) (int64, error) {
	return w.rows.CountRecurrencesOfCustomer(ctx, rows.CountRecurrencesOfCustomerParams{Tenant: string(w.tenant), CustomerID: string(id)})
}
