package api

import (
	"context"

	"github.com/govalues/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

type recurrences struct {
	customerrecurrencev1.UnimplementedRecurrenceServiceServer
	service *recurrence.Service
	sealer  aip.Sealer
}

// CreateRecurrence contracts a recurrence for a customer.
func (h *recurrences) CreateRecurrence(ctx context.Context, request *customerrecurrencev1.CreateRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	wanted, err := newRecurrence(request)
	if err != nil {
		return nil, err
	}
	sent := request.GetRecurrence()
	created, err := h.service.Contract(ctx, wanted, recurrence.Offer{Price: sent.GetPrice() == nil, Services: len(sent.GetServices()) == 0})
	return respond(created, err, recurrenceMessage)
}

func newRecurrence(request *customerrecurrencev1.CreateRecurrenceRequest) (wanted recurrence.Recurrence, err error) {
	if wanted.Customer, err = resourcename.ID[customer.ID](customerNames, "parent", request.GetParent()); err != nil {
		return wanted, err
	}
	if request.GetRecurrence().GetPrice() == nil {
		// The currency of a price that the catalogue gives is the catalogue's own.
		request = proto.CloneOf(request)
		request.Recurrence.Price = &money.Money{}
	}
	if wanted.ID, err = chosenID[recurrence.ID]("recurrence_id", request.GetRecurrenceId()); err != nil {
		return wanted, err
	}
	if request.GetDraft() {
		wanted.State = recurrence.Draft
	}
	return wanted, readRecurrence(request.GetRecurrence(), &wanted)
}

// importedRecurrence parses an imported recurrence, with the state that a new one cannot choose. One
// from before recurrences had a state has none: it is active.
func importedRecurrence(request *customerrecurrencev1.CreateRecurrenceRequest) (recurrence.Recurrence, error) {
	if _, _, err := priceOf(request.GetRecurrence()); err != nil {
		return recurrence.Recurrence{}, err
	}
	wanted, err := newRecurrence(request)
	if err != nil {
		return wanted, err
	}
	m := request.GetRecurrence()
	wanted.State, wanted.UndoState = stateOf[m.GetState()], stateOf[m.GetUndoState()]
	wanted.EndDate, err = day("recurrence.end_date", m.GetEndDate())
	return wanted, err
}

// readRecurrence copies the fields that callers can set from a message into a recurrence.
func readRecurrence(m *customerrecurrencev1.Recurrence, into *recurrence.Recurrence) (err error) {
	into.PackageID, into.DisplayName = catalogue.NewPackageID(m.GetPackageId()), m.GetDisplayName()
	into.Services = messagesOf(m.GetServices(), contractedService)
	if err := readTerms("recurrence.", m, &into.Terms); err != nil {
		return err
	}
	into.Price, into.Currency, err = priceOf(m)
	return err
}

// GetRecurrence returns one recurrence.
func (h *recurrences) GetRecurrence(ctx context.Context, request *customerrecurrencev1.GetRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	key, err := recurrenceKey("name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.service.Get(ctx, key)
	return respond(found, err, recurrenceMessage)
}

// BatchGetRecurrences returns recurrences in the order of their names.
func (h *recurrences) BatchGetRecurrences(ctx context.Context, request *customerrecurrencev1.BatchGetRecurrencesRequest) (*customerrecurrencev1.BatchGetRecurrencesResponse, error) {
	parent, err := customerNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	find := func(field, name string) (listing.Condition, error) {
		key, err := recurrenceKey(field, name)
		if err == nil {
			err = within(parent, field, string(key.Customer))
		}
		return listing.All(listing.Is("customer", key.Customer), listing.Is("recurrence", key.Recurrence)), err
	}
	found, err := aip.BatchGet(ctx, find, request.GetNames(), h.service.List, infallible(recurrenceMessage))
	return &customerrecurrencev1.BatchGetRecurrencesResponse{Recurrences: found}, err
}

// ListRecurrences returns a page of recurrences, of one customer or of all.
func (h *recurrences) ListRecurrences(ctx context.Context, request *customerrecurrencev1.ListRecurrencesRequest) (*customerrecurrencev1.ListRecurrencesResponse, error) {
	parent, err := customerNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	list := recurrenceList.Within(listing.Within("customer", parent[0]))
	found, next, err := aip.List(ctx, h.sealer, list, request, h.service.List, infallible(recurrenceMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListRecurrencesResponse{Recurrences: found, NextPageToken: next}, nil
}

// UpdateRecurrence changes a recurrence, effective immediately.
func (h *recurrences) UpdateRecurrence(ctx context.Context, request *customerrecurrencev1.UpdateRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	sent, mask := request.GetRecurrence(), request.GetUpdateMask()
	key, err := recurrenceKey("recurrence.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	updated, err := h.service.Update(ctx, recurrence.Update{
		Key: key, Etag: sent.GetEtag(), Revise: revision(sent, mask), Requested: requested(mask),
	})
	return respond(updated.Recurrence, err, recurrenceMessage)
}

// DeleteRecurrence removes a recurrence that has no change.
func (h *recurrences) DeleteRecurrence(ctx context.Context, request *customerrecurrencev1.DeleteRecurrenceRequest) (*emptypb.Empty, error) {
	key, err := recurrenceKey("name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.service.Delete(ctx, key, request.GetEtag())
}

// priceOf returns the price of a recurrence. It is required.
func priceOf(wanted *customerrecurrencev1.Recurrence) (decimal.Decimal, recurrence.Currency, error) {
	if wanted.GetPrice() == nil {
		return decimal.Decimal{}, "", fault.InvalidField("recurrence.price", reason.Required, "must be given")
	}
	return amount("recurrence.price", wanted.GetPrice())
}

func recurrenceMessage(recurrence recurrence.Recurrence) *customerrecurrencev1.Recurrence {
	return &customerrecurrencev1.Recurrence{
		Name:        recurrenceNames.Format(recurrence.Customer, recurrence.ID),
		PackageId:   string(recurrence.PackageID),
		DisplayName: recurrence.DisplayName,
		Price:       amountMessage(recurrence.Price, recurrence.Currency),
		Services:    messagesOf(recurrence.Services, serviceMessage),
		Etag:        recurrence.Etag(),
		CreateTime:  timestamppb.New(recurrence.CreateTime),
		UpdateTime:  timestamppb.New(recurrence.UpdateTime),

		State:         states[recurrence.State],
		UndoState:     states[recurrence.UndoState],
		Cycle:         cycles[recurrence.Cycle],
		StartDate:     gtype.Date(recurrence.StartDate),
		PaidUntilDate: gtype.Date(recurrence.PaidUntil),
		EndDate:       gtype.Date(recurrence.EndDate),
	}
}

func serviceMessage(service recurrence.ContractedService) *customerrecurrencev1.ContractedService {
	return &customerrecurrencev1.ContractedService{
		ServiceId:         string(service.ServiceID),
		TransactionLimit:  service.TransactionLimit,
		Value:             service.Value,
		ExternalServiceId: service.ExternalServiceID,
	}
}
