// Package demo holds data that lets the vendor's example run as printed (client C-1001 with
// recurrence R-5001), and a few more resources. All people, companies and numbers are made up; the
// tax ids are well formed.
package demo

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/auth"
)

// Load adds the demo data to the default tenant, all or nothing, unless that tenant has customers, packages or services.
func Load(ctx context.Context, b *books.Service) error {
	ctx = auth.With(ctx, auth.Principal{Tenant: auth.DefaultTenant, Actor: "demo"})
	if err := b.LoadIntoEmpty(ctx, books.Set{Packages: packages(), Customers: customers(), Recurrences: recurrences()}); err != nil {
		return fmt.Errorf("loading the demo data: %w", err)
	}
	return nil
}

func packages() []catalogue.Package {
	return []catalogue.Package{
		{ID: "PKG-BASIC", DisplayName: "Paquete Básico", ServiceIDs: []catalogue.ServiceID{"SVC-CFDI", "SVC-STORAGE"}},
		{ID: "PKG-PRO", DisplayName: "Paquete Profesional", ServiceIDs: []catalogue.ServiceID{"SVC-CFDI", "SVC-STORAGE", "SVC-PAYROLL", "SVC-SUPPORT"}},
		{ID: "PKG-CLOSED", DisplayName: "Paquete Cerrado", ServiceIDs: []catalogue.ServiceID{"SVC-CFDI"}, Enforced: true},
	}
}

func recurrences() []recurrence.Recurrence {
	return []recurrence.Recurrence{
		{
			Customer: "C-1001", ID: "R-5001", PackageID: "PKG-BASIC", DisplayName: "Paquete Básico mensual",
			Price: decimal.MustNew(499, 0), Currency: "MXN",
			Services: []recurrence.ContractedService{
				service("SVC-CFDI", 100, "Facturas CFDI 4.0", "EXT-100"),
				service("SVC-STORAGE", 5, "GB de almacenamiento", "EXT-200"),
			},
		},
		{
			Customer: "C-1002", ID: "R-5002", PackageID: "PKG-PRO", DisplayName: "Paquete Profesional mensual",
			Price: decimal.MustNew(12995, 1), Currency: "MXN",
			Services: []recurrence.ContractedService{
				service("SVC-CFDI", 1000, "Facturas CFDI 4.0", "EXT-100"),
				service("SVC-PAYROLL", 250, "Recibos de nómina", "EXT-300"),
				service("SVC-SUPPORT", 0, "Soporte prioritario", ""),
			},
		},
	}
}

func service(id catalogue.ServiceID, limit int32, value, external string) recurrence.ContractedService {
	return recurrence.ContractedService{ServiceID: id, TransactionLimit: limit, Value: value, ExternalServiceID: external}
}
