package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// CreateCustomer adds a customer of the id, GUID and profile given; an id and a GUID that are empty are made. Faults:
// Invalid, AlreadyExists.
func (s *Service) CreateCustomer(ctx context.Context, customer Customer, options ...mutation.Option) (Customer, error) {
	customer, err := customer.prepared()
	if err != nil {
		return Customer{}, err
	}
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (recordedCustomer, error) {
		created, err := createCustomer(ctx, w, customer)
		return recorded(created), err
	}, func(_ context.Context, _ Writer, created recordedCustomer) (Customer, error) {
		return created.whole(), nil
	}, options...)
}

// prepared is a customer to create, with what was left open filled in; or an Invalid fault of all that is wrong.
func (c Customer) prepared() (Customer, error) {
	if c.ID == "" {
		c.ID = CustomerID(id.New())
	}
	v := (&fault.Violations{}).In("customer")
	checkGUID(v, "uid", &c.UID)
	c.Profile.check(v)
	if err := v.Err(); err != nil {
		return Customer{}, err
	}
	if c.UID == "" {
		uid, err := NewGUID()
		if err != nil {
			return Customer{}, err
		}
		c.UID = uid
	}
	if c.Profile.CustomerCode == "" && fault.Units(string(c.ID)) <= maxCustomerCode {
		c.Profile.CustomerCode = string(c.ID)
	}
	c.Version = 1
	return c, nil
}

func createCustomer(ctx context.Context, w Writer, customer Customer) (Customer, error) {
	customer.CreateTime, customer.UpdateTime = w.Now(), w.Now()
	return customer, mutation.Explain(w.CreateCustomer(ctx, customer), "customer", customer.ID)
}

// Customer is one customer. Faults: NotFound.
func (s *Service) Customer(ctx context.Context, id CustomerID) (Customer, error) {
	return mutation.Get(ctx, s.Service, "customer", Reader.Customer, id)
}

// Customers is the customers that a query asks for.
func (s *Service) Customers(ctx context.Context, query listing.Query) ([]Customer, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Customer, error) { return r.Customers(ctx, query) })
}

// recordedCustomer is a customer in the outcome that is recorded for an idempotency key: with the portal's password, which
// the customer's own JSON leaves out and the vendor contract answers. The record stays in the store, as the password does.
type recordedCustomer struct {
	Customer       Customer `json:"customer"`
	PortalPassword string   `json:"portal_password,omitempty"`
}

func recorded(customer Customer) recordedCustomer {
	record := recordedCustomer{Customer: customer}
	if portal := customer.Profile.DeliveryPortal; portal != nil {
		record.PortalPassword = portal.Password
	}
	return record
}

// whole is the customer as it was recorded.
func (r recordedCustomer) whole() Customer {
	if portal := r.Customer.Profile.DeliveryPortal; portal != nil {
		portal.Password = r.PortalPassword
	}
	return r.Customer
}
