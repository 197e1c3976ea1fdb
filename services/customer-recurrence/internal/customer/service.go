package customer

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service offers the operations on customers. Its errors are faults or errors of the store. If it
// returns an error, nothing was changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New returns a service on a store that takes the time from clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Create adds a customer and generates its id and GUID where they are empty. The codes of the SAT's
// catalogues and the names are checked. Faults: Invalid, AlreadyExists.
func (s *Service) Create(ctx context.Context, customer Customer, options ...mutation.Option) (Written, error) {
	customer.Life = Life{}
	customer, err := customer.prepared(&Profile{})
	if err != nil {
		return Written{}, err
	}
	if err := checkDates(Profile{}, customer.Profile); err != nil {
		return Written{}, err
	}
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (Recorded, error) {
		if err := checkCodes(ctx, w, nil, customer.Profile); err != nil {
			return Recorded{}, err
		}
		created, err := Add(ctx, w, customer)
		return Record(created), err
	}, func(ctx context.Context, w Writer, created Recorded) (Written, error) {
		return written(ctx, w, created.Whole())
	}, options...)
}

// Prepared returns the customer with its defaults filled in, ready to be created. Names and codes are not checked
// by the vendor's pattern and the SAT's catalogues. Its error is an Invalid fault with all violations.
func (c Customer) Prepared() (Customer, error) { return c.prepared(nil) }

// prepared does what Prepared does, and checks names that are not those of before.
func (c Customer) prepared(before *Profile) (Customer, error) {
	if c.ID == "" {
		c.ID = ID(id.New())
	}
	if c.State == "" {
		c.State = Active
	}
	v := (&fault.Violations{}).In("customer")
	checkGUID(v, "guid", &c.UID)
	c.Profile.check(v, before)
	c.checkLife(v)
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
	c.setDefaults()
	c.Version = 1
	return c, nil
}

// setDefaults sets the customer's code if it is empty.
func (c *Customer) setDefaults() {
	if c.Profile.CustomerCode == "" && fault.Units(string(c.ID)) <= maxCustomerCode {
		c.Profile.CustomerCode = string(c.ID)
	}
}

// Add adds a prepared customer within a mutation.
func Add(ctx context.Context, w Writer, customer Customer) (Customer, error) {
	customer.CreateTime, customer.UpdateTime = w.Now(), w.Now()
	return customer, mutation.Explain(w.CreateCustomer(ctx, customer), "customer", customer.ID)
}

// Get returns one customer. Faults: NotFound.
func (s *Service) Get(ctx context.Context, id ID) (Customer, error) {
	return mutation.Get(ctx, s.Service, "customer", Reader.Customer, id)
}

// Standing returns the id of the customer that stands for another: its own, unless it was merged.
// Faults: NotFound, FailedPrecondition if it stands for itself.
func (s *Service) Standing(ctx context.Context, id ID) (ID, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (ID, error) {
		return Standing(ctx, r, id)
	})
}

// CheckInvoicing returns what is missing, wrong or doubtful for a CFDI 4.0 to a customer on a day, by
// default today. Faults: NotFound.
func (s *Service) CheckInvoicing(ctx context.Context, id ID, day date.Date) ([]Finding, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Finding, error) {
		found, err := r.Customer(ctx, id)
		if err != nil {
			return nil, mutation.Explain(err, "customer", id)
		}
		if day.IsZero() {
			if day, err = settings.Today(ctx, r, s.Clock.Now()); err != nil {
				return nil, err
			}
		}
		return found.Profile.CheckInvoicing(day), nil
	})
}

// List returns the customers that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Customer, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Customer, error) { return r.Customers(ctx, query) })
}

// Recorded is a customer as recorded for an idempotency key. It adds the portal password, which the
// customer's JSON leaves out and the vendor contract returns. Such a record is sealed.
type Recorded struct {
	Customer       Customer `json:"customer"`
	PortalPassword string   `json:"portal_password,omitempty"`
}

// Record returns the record of a customer.
func Record(customer Customer) Recorded {
	return Recorded{Customer: customer, PortalPassword: customer.Profile.PortalPassword()}
}

// HoldsSecret reports whether the record holds a password.
func (r Recorded) HoldsSecret() bool { return r.PortalPassword != "" }

// Whole returns the customer with its portal password.
func (r Recorded) Whole() Customer {
	if portal := r.Customer.Profile.DeliveryPortal; portal != nil {
		portal.Password = r.PortalPassword
	}
	return r.Customer
}
