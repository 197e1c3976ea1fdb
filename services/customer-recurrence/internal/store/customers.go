package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// customerRow is a customer as its table holds it.
func customerRow(tenant auth.Tenant, customer domain.Customer) (rows.Customer, error) {
	profile, err := document(customer.Profile)
	row := rows.Customer{
		Tenant:        string(tenant),
		CustomerID:    string(customer.ID),
		UID:           string(customer.UID),
		GrantorTaxID:  string(customer.Profile.GrantorTaxID),
		CustomerTaxID: string(customer.Profile.CustomerTaxID),
		Profile:       profile,
		Version:       int64(customer.Version),
		CreatedAt:     customer.CreateTime.UnixMicro(),
		UpdatedAt:     customer.UpdateTime.UnixMicro(),
	}
	if portal := customer.Profile.DeliveryPortal; portal != nil {
		row.PortalPassword = portal.Password
	}
	return row, err
}

// customerOf is the customer that a row holds.
func customerOf(row rows.Customer) (domain.Customer, error) {
	customer := domain.Customer{
		ID:         domain.CustomerID(row.CustomerID),
		UID:        domain.GUID(row.UID),
		Version:    domain.Version(row.Version),
		CreateTime: instant(row.CreatedAt),
		UpdateTime: instant(row.UpdatedAt),
	}
	err := readDocument(row.Profile, &customer.Profile)
	if portal := customer.Profile.DeliveryPortal; portal != nil {
		portal.Password = row.PortalPassword
	}
	return customer, err
}

func (r *reader) Customer(ctx context.Context, id domain.CustomerID) (domain.Customer, error) {
	row, err := r.rows.GetCustomer(ctx, rows.GetCustomerParams{Tenant: string(r.tenant), CustomerID: string(id)})
	return one(domain.CustomerName(id), row, err, customerOf)
}

func (r *reader) Customers(ctx context.Context, after domain.CustomerID, limit int) ([]domain.Customer, bool, error) {
	page := r.page("profile", limit)
	found, err := rows.New(page).ListCustomers(ctx, rows.ListCustomersParams{
		Tenant: string(r.tenant), CustomerID: string(after), Limit: page.limit(),
	})
	return many("customers", found, page.more, err, customerOf)
}

func (w *writer) CreateCustomer(ctx context.Context, customer domain.Customer) error {
	row, err := customerRow(w.tenant, customer)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateCustomer(ctx, rows.CreateCustomerParams(row))
	return w.kept(ctx, created, err, domain.ErrTaken,
		domain.CustomerName(customer.ID), feed.Created, customer)
}
