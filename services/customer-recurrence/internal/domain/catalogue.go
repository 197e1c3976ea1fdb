package domain

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// NewCustomer is a customer to create.
type NewCustomer struct {
	// ID is the id wanted; empty: one is made.
	ID CustomerID
	// UID is the GUID to bring over; empty: one is made.
	UID GUID
	// Profile is the customer's profile; the use case may bring it into canonical form.
	Profile Profile
	// ValidateOnly asks what would be created and creates nothing.
	ValidateOnly bool
}

// prepare is the customer to create, with what was left open filled in; or an Invalid fault of all that is wrong.
func (wanted NewCustomer) prepare() (Customer, error) {
	if wanted.ID == "" {
		wanted.ID = CustomerID(id.New())
	}
	if err := checkID("customer_id", string(wanted.ID), maxCustomerID); err != nil {
		return Customer{}, err
	}
	rules := &rules{prefix: "customer."}
	rules.guid("uid", &wanted.UID)
	wanted.Profile.check(rules)
	if err := rules.err(); err != nil {
		return Customer{}, err
	}
	if wanted.UID == "" {
		uid, err := NewGUID()
		if err != nil {
			return Customer{}, err
		}
		wanted.UID = uid
	}
	if wanted.Profile.CustomerCode == "" {
		wanted.Profile.CustomerCode = string(wanted.ID)
	}
	return Customer{ID: wanted.ID, UID: wanted.UID, Profile: wanted.Profile, Version: 1}, nil
}

func createCustomer(ctx context.Context, writer Writer, customer Customer, at time.Time) (Customer, error) {
	customer.CreateTime, customer.UpdateTime = at, at
	return customer, orTaken(writer.CreateCustomer(ctx, customer),
		"a customer with id %q or uid %s exists", customer.ID, customer.UID)
}

// CreateCustomer adds a customer. Faults: Invalid, AlreadyExists.
func (s *Service) CreateCustomer(ctx context.Context, by auth.Principal, wanted NewCustomer) (Customer, error) {
	customer, err := wanted.prepare()
	if err != nil {
		return Customer{}, err
	}
	created, err := write(ctx, s, by, wanted.ValidateOnly, func(ctx context.Context, writer Writer, at time.Time) (recordedCustomer, error) {
		created, err := createCustomer(ctx, writer, customer, at)
		return recorded(created), err
	})
	return created.whole(), err
}

// Customer is one customer. Faults: NotFound.
func (s *Service) Customer(ctx context.Context, by auth.Principal, id CustomerID) (customer Customer, err error) {
	err = s.store.Read(ctx, by.Tenant, func(ctx context.Context, reader Reader) error {
		customer, err = findCustomer(ctx, reader, id)
		return err
	})
	return customer, err
}

// Customers is a page of the customers after one, and whether there are more.
func (s *Service) Customers(ctx context.Context, by auth.Principal, after CustomerID, size int) ([]Customer, bool, error) {
	return list(ctx, s, by, func(ctx context.Context, reader Reader) ([]Customer, bool, error) {
		return reader.Customers(ctx, after, size)
	})
}

// NewPackage is a package to create.
type NewPackage struct {
	// ID is the id wanted; empty: one is made.
	ID PackageID
	// DisplayName, ServiceIDs and Enforced are the package's own.
	DisplayName string
	ServiceIDs  []ServiceID
	Enforced    bool
	// ValidateOnly asks what would be created and creates nothing.
	ValidateOnly bool
}

// prepare is the package to create, with what was left open filled in; or an Invalid fault of all that is wrong.
func (wanted NewPackage) prepare() (Package, error) {
	if wanted.ID == "" {
		wanted.ID = PackageID(id.New())
	}
	if err := checkID("package_id", string(wanted.ID), maxPackageID); err != nil {
		return Package{}, err
	}
	pack := Package{ID: wanted.ID, DisplayName: wanted.DisplayName, ServiceIDs: wanted.ServiceIDs, Enforced: wanted.Enforced, Version: 1}
	rules := &rules{prefix: "package."}
	pack.check(rules)
	return pack, rules.err()
}

func createPackage(ctx context.Context, writer Writer, pack Package, at time.Time) (Package, error) {
	pack.CreateTime, pack.UpdateTime = at, at
	return pack, orTaken(writer.CreatePackage(ctx, pack), "%s exists", PackageName(pack.ID))
}

// CreatePackage adds a package. Recurrences that name it already stay as they are. Faults: Invalid, AlreadyExists.
func (s *Service) CreatePackage(ctx context.Context, by auth.Principal, wanted NewPackage) (Package, error) {
	pack, err := wanted.prepare()
	if err != nil {
		return Package{}, err
	}
	return write(ctx, s, by, wanted.ValidateOnly, func(ctx context.Context, writer Writer, at time.Time) (Package, error) {
		return createPackage(ctx, writer, pack, at)
	})
}

// Package is one package. Faults: NotFound.
func (s *Service) Package(ctx context.Context, by auth.Principal, id PackageID) (pack Package, err error) {
	err = s.store.Read(ctx, by.Tenant, func(ctx context.Context, reader Reader) error {
		pack, err = reader.Package(ctx, id)
		return orMissing(err, PackageName(id))
	})
	return pack, err
}

// Packages is a page of the packages after one, and whether there are more.
func (s *Service) Packages(ctx context.Context, by auth.Principal, after PackageID, size int) ([]Package, bool, error) {
	return list(ctx, s, by, func(ctx context.Context, reader Reader) ([]Package, bool, error) {
		return reader.Packages(ctx, after, size)
	})
}
