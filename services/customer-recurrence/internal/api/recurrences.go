package api

import (
	"context"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/page"
)

type recurrences struct {
	customerrecurrencev1.UnimplementedRecurrenceServiceServer
	service *domain.Service
}

// CreateRecurrence contracts a recurrence for a customer.
func (h *recurrences) CreateRecurrence(ctx context.Context, request *customerrecurrencev1.CreateRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := newRecurrence(request)
	if err != nil {
		return nil, err
	}
	recurrence, err := h.service.CreateRecurrence(ctx, by, wanted)
	if err != nil {
		return nil, err
	}
	return recurrenceMessage(recurrence), nil
}

func newRecurrence(request *customerrecurrencev1.CreateRecurrenceRequest) (domain.NewRecurrence, error) {
	customer, err := domain.ParseCustomerName("parent", request.GetParent())
	if err != nil {
		return domain.NewRecurrence{}, err
	}
	wanted := request.GetRecurrence()
	price, currency, err := priceOf(wanted)
	return domain.NewRecurrence{
		Customer:     customer,
		ID:           domain.RecurrenceID(request.GetRecurrenceId()),
		PackageID:    domain.PackageID(wanted.GetPackageId()),
		DisplayName:  wanted.GetDisplayName(),
		Price:        price,
		Currency:     currency,
		Services:     mapped(wanted.GetServices(), requestedService),
		ValidateOnly: request.GetValidateOnly(),
	}, err
}

// GetRecurrence answers one recurrence.
func (h *recurrences) GetRecurrence(ctx context.Context, request *customerrecurrencev1.GetRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	customer, id, err := domain.ParseRecurrenceName("name", request.GetName())
	if err != nil {
		return nil, err
	}
	recurrence, err := h.service.Recurrence(ctx, by, customer, id)
	if err != nil {
		return nil, err
	}
	return recurrenceMessage(recurrence), nil
}

// ListRecurrences answers a page of a customer's recurrences.
func (h *recurrences) ListRecurrences(ctx context.Context, request *customerrecurrencev1.ListRecurrencesRequest) (*customerrecurrencev1.ListRecurrencesResponse, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	customer, err := domain.ParseCustomerName("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	list := request.GetParent() + "/recurrences"
	from, err := after[domain.RecurrenceID](request.GetPageToken(), list)
	if err != nil {
		return nil, err
	}
	items, more, err := h.service.Recurrences(ctx, by, customer, from, page.Size(request.GetPageSize()))
	if err != nil {
		return nil, err
	}
	token, err := next(list, items, more, func(r domain.Recurrence) domain.RecurrenceID { return r.ID })
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListRecurrencesResponse{Recurrences: mapped(items, recurrenceMessage), NextPageToken: token}, nil
}

// UpdateRecurrence changes a recurrence at once.
func (h *recurrences) UpdateRecurrence(ctx context.Context, request *customerrecurrencev1.UpdateRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	customer, id, err := domain.ParseRecurrenceName("recurrence.name", request.GetRecurrence().GetName())
	if err != nil {
		return nil, err
	}
	asked, err := requestOf(request.GetRecurrence(), request.GetUpdateMask().GetPaths())
	if err != nil {
		return nil, err
	}
	_, recurrence, err := h.service.UpdateRecurrence(ctx, by, domain.Update{
		Customer: customer, Recurrence: id, Request: asked, Etag: request.GetRecurrence().GetEtag(),
	})
	if err != nil {
		return nil, err
	}
	return recurrenceMessage(recurrence), nil
}

// changeable is the fields that `*` stands for.
var changeable = []string{"package_id", "display_name", "price", "services"}

// requestOf is what a mask asks of a recurrence; without one, what the recurrence holds.
func requestOf(wanted *customerrecurrencev1.Recurrence, mask []string) (domain.Request, error) {
	paths := mask
	switch {
	case len(mask) == 0:
		if paths = held(wanted); len(paths) == 0 {
			return domain.Request{}, fault.InvalidField("recurrence", reason.NothingToChange,
				"holds nothing that an update can change; what is to become empty is named in update_mask")
		}
	case slices.Contains(mask, "*"):
		paths = append(slices.Clone(mask), changeable...)
	}
	var asked domain.Request
	for _, path := range paths {
		switch path {
		case "package_id":
			id := domain.PackageID(wanted.GetPackageId())
			asked.PackageID = &id
		case "display_name":
			asked.DisplayName = &wanted.DisplayName
		case "price":
			price, currency, err := priceOf(wanted)
			if err != nil {
				return domain.Request{}, err
			}
			asked.Price, asked.Currency = &price, &currency
		case "services":
			services := mapped(wanted.GetServices(), requestedService)
			asked.Services = &services
		case "*":
		default:
			return domain.Request{}, fault.InvalidField("update_mask", reason.UnknownField,
				"has the path %q; these can be changed: %s, *", path, strings.Join(changeable, ", "))
		}
	}
	return asked, nil
}

// held is the changeable fields that a recurrence holds.
func held(wanted *customerrecurrencev1.Recurrence) []string {
	return slices.DeleteFunc(slices.Clone(changeable), func(path string) bool {
		message := wanted.ProtoReflect()
		return !message.Has(message.Descriptor().Fields().ByName(protoreflect.Name(path)))
	})
}

// GetRecurrenceChange answers one change.
func (h *recurrences) GetRecurrenceChange(ctx context.Context, request *customerrecurrencev1.GetRecurrenceChangeRequest) (*customerrecurrencev1.RecurrenceChange, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	customer, recurrence, version, err := domain.ParseChangeName("name", request.GetName())
	if err != nil {
		return nil, err
	}
	change, err := h.service.Change(ctx, by, customer, recurrence, version)
	if err != nil {
		return nil, err
	}
	return changeMessage(change), nil
}

// ListRecurrenceChanges answers a page of the changes of a recurrence.
func (h *recurrences) ListRecurrenceChanges(ctx context.Context, request *customerrecurrencev1.ListRecurrenceChangesRequest) (*customerrecurrencev1.ListRecurrenceChangesResponse, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	customer, recurrence, err := domain.ParseRecurrenceName("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	list := request.GetParent() + "/changes"
	from, err := after[domain.Version](request.GetPageToken(), list)
	if err != nil {
		return nil, err
	}
	items, more, err := h.service.Changes(ctx, by, customer, recurrence, from, page.Size(request.GetPageSize()))
	if err != nil {
		return nil, err
	}
	token, err := next(list, items, more, func(c domain.Change) domain.Version { return c.Version })
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListRecurrenceChangesResponse{RecurrenceChanges: mapped(items, changeMessage), NextPageToken: token}, nil
}

// priceOf is the price of a recurrence, which must have one.
func priceOf(wanted *customerrecurrencev1.Recurrence) (decimal.Decimal, domain.Currency, error) {
	if wanted.GetPrice() == nil {
		return decimal.Decimal{}, "", fault.InvalidField("recurrence.price", reason.Required, "must be given")
	}
	return amount("recurrence.price", wanted.GetPrice())
}

func requestedService(m *customerrecurrencev1.ContractedService) domain.RequestedService {
	return domain.RequestedService{
		ServiceID:         domain.ServiceID(m.GetServiceId()),
		TransactionLimit:  &m.TransactionLimit,
		Value:             &m.Value,
		ExternalServiceID: &m.ExternalServiceId,
	}
}

func recurrenceMessage(recurrence domain.Recurrence) *customerrecurrencev1.Recurrence {
	return &customerrecurrencev1.Recurrence{
		Name:        domain.RecurrenceName(recurrence.Customer, recurrence.ID),
		PackageId:   string(recurrence.PackageID),
		DisplayName: recurrence.DisplayName,
		Price:       amountMessage(recurrence.Price, recurrence.Currency),
		Services:    mapped(recurrence.Services, serviceMessage),
		Etag:        recurrence.Version.Etag(),
		CreateTime:  timestamppb.New(recurrence.CreateTime),
		UpdateTime:  timestamppb.New(recurrence.UpdateTime),
	}
}

func serviceMessage(service domain.ContractedService) *customerrecurrencev1.ContractedService {
	return &customerrecurrencev1.ContractedService{
		ServiceId:         string(service.ServiceID),
		TransactionLimit:  service.TransactionLimit,
		Value:             service.Value,
		ExternalServiceId: service.ExternalServiceID,
	}
}

var directions = map[domain.Direction]customerrecurrencev1.ChangeDirection{
	domain.Upgrade:   customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_UPGRADE,
	domain.Downgrade: customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_DOWNGRADE,
	domain.Lateral:   customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_LATERAL,
}

func changeMessage(change domain.Change) *customerrecurrencev1.RecurrenceChange {
	difference := change.Difference
	message := &customerrecurrencev1.RecurrenceChange{
		Name:            domain.ChangeName(change.Customer, change.Recurrence, change.Version),
		Direction:       directions[difference.Direction],
		OldPackageId:    string(difference.OldPackageID),
		NewPackageId:    string(difference.NewPackageID),
		OldDisplayName:  difference.OldDisplayName,
		NewDisplayName:  difference.NewDisplayName,
		OldPrice:        amountMessage(difference.OldPrice, difference.OldCurrency),
		NewPrice:        amountMessage(difference.NewPrice, difference.NewCurrency),
		AddedServices:   mapped(difference.Added, serviceMessage),
		RemovedServices: mapped(difference.Removed, serviceMessage),
		ChangedServices: mapped(difference.Changed, func(c domain.ChangedService) *customerrecurrencev1.ChangedService {
			return &customerrecurrencev1.ChangedService{OldService: serviceMessage(c.Old), NewService: serviceMessage(c.New)}
		}),
		Actor:      change.Actor,
		CreateTime: timestamppb.New(change.CreateTime),
	}
	if difference.SameCurrency() {
		message.PriceDifference = amountMessage(difference.PriceDifference, difference.NewCurrency)
	}
	return message
}
