package customer

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service is what can be done with customers. Every error is a fault, or trouble of the store; nothing is changed when one is
// returned.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New is the service on a store, at the time of a clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create adds a customer of the id, GUID and profile given; an id and a GUID that are empty are made. Faults:
// Invalid, AlreadyExists.
func (s *Service) Create(ctx context.Context, customer Customer, options ...mutation.Option) (Customer, error) {
	customer, err := customer.Prepared()
	if err != nil {
		return Customer{}, err
	}
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (Recorded, error) {
		created, err := Add(ctx, w, customer)
		return Record(created), err
	}, func(_ context.Context, _ Writer, created Recorded) (Customer, error) {
		return created.Whole(), nil
	}, options...)
}

// Prepared is a customer to create, with what was left open filled in; or an Invalid fault of all that is wrong.
func (c Customer) Prepared() (Customer, error) {
	if c.ID == "" {
		c.ID = ID(id.New())
	}
	v := (&fault.Violations{}).In("customer")
	checkGUID(v, "guid", &c.UID)
	c.Profile.check(v)
	if err := v.Err(); err != nil {
		return Customer{}, err
	}
	if c.UID == "" {
		uid, err := newGUID()
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

// Add adds a customer that was prepared, as a part of a mutation.
func Add(ctx context.Context, w Writer, customer Customer) (Customer, error) {
	customer.CreateTime, customer.UpdateTime = w.Now(), w.Now()
	return customer, mutation.Explain(w.CreateCustomer(ctx, customer), "customer", customer.ID)
}

// Get is one customer. Faults: NotFound.
func (s *Service) Get(ctx context.Context, id ID) (Customer, error) {
	return mutation.Get(ctx, s.Service, "customer", Reader.Customer, id)
}

// List is the customers that a query asks for.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Customer, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Customer, error) { return r.Customers(ctx, query) })
}

// Recorded is a customer in the outcome that is recorded for an idempotency key: with the portal's password, which
// the customer's own JSON leaves out and the vendor contract answers. The record stays in the store, as the password does.
type Recorded struct {
	Customer       Customer `json:"customer"`
	PortalPassword string   `json:"portal_password,omitempty"`
}

// Record is the record of a customer.
func Record(customer Customer) Recorded {
	record := Recorded{Customer: customer}
	if portal := customer.Profile.DeliveryPortal; portal != nil {
		record.PortalPassword = portal.Password
	}
	return record
}

// Whole is the customer as it was recorded.
func (r Recorded) Whole() Customer {
	if portal := r.Customer.Profile.DeliveryPortal; portal != nil {
		portal.Password = r.PortalPassword
	}
	return r.Customer
}
