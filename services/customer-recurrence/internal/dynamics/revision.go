package dynamics

import (
	"github.com/govalues/decimal"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

// revision returns the function that applies the vendor's model to a recurrence. Fields that the
// model leaves out stay unchanged; services that it sends replace all present ones.
func revision(model *dynamicsv1.Recurrence) (func(*recurrence.Recurrence, *fault.Violations) error, error) {
	var price *decimal.Decimal
	if model.GetPrice() != nil {
		read, err := gtype.FromDecimal(model.GetPrice())
		if err != nil {
			return nil, fault.InvalidField(body+"price", reason.InvalidDecimal, "must be a decimal number of at most 19 digits")
		}
		price = &read
	}
	return func(r *recurrence.Recurrence, v *fault.Violations) error {
		if id := model.GetRecurrenceId(); id != "" && recurrence.NewID(id) != r.ID {
			v.Add("recurrence_id", reason.IDMismatch, "is %q where the path says %q: leave it out or give the path's", id, r.ID)
		}
		if model.PackageId != nil {
			r.PackageID = catalogue.NewPackageID(model.GetPackageId())
		}
		if model.Name != nil {
			r.DisplayName = model.GetName()
		}
		if price != nil {
			r.Price = *price
		}
		if model.GetServices() != nil {
			r.Services = merge(r.Services, model.GetServices().GetItems())
		}
		return nil
	}, nil
}

// merge returns the wanted services. Fields that a wanted service leaves out are taken from the
// contracted service, if there is one.
func merge(contracted []recurrence.ContractedService, wanted []*dynamicsv1.ContractedService) []recurrence.ContractedService {
	before := make(map[catalogue.ServiceID]recurrence.ContractedService, len(contracted))
	for _, service := range contracted {
		before[service.ServiceID] = service
	}
	merged := make([]recurrence.ContractedService, len(wanted))
	for i, want := range wanted {
		id := catalogue.NewServiceID(want.GetServiceId())
		service := before[id]
		service.ServiceID = id
		if want.TransactionLimit != nil {
			service.TransactionLimit = want.GetTransactionLimit()
		}
		if want.Value != nil {
			service.Value = want.GetValue()
		}
		if want.ServiceidExt != nil {
			service.ExternalServiceID = want.GetServiceidExt()
		}
		merged[i] = service
	}
	return merged
}
