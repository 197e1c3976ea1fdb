package api

import (
	"context"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// GetScheduledChange returns one scheduled change.
func (h *changing) GetScheduledChange(ctx context.Context, request *customerrecurrencev1.GetScheduledChangeRequest) (*customerrecurrencev1.ScheduledChange, error) {
	key, err := scheduledKey("name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.service.ScheduledChange(ctx, key)
	return respond(found, err, scheduledMessage)
}

// BatchGetScheduledChanges returns scheduled changes in the order of their names.
func (h *changing) BatchGetScheduledChanges(ctx context.Context, request *customerrecurrencev1.BatchGetScheduledChangesRequest) (*customerrecurrencev1.BatchGetScheduledChangesResponse, error) {
	parent, err := recurrenceNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	find := func(field, name string) (listing.Condition, error) {
		key, err := scheduledKey(field, name)
		if err == nil {
			err = within(parent, field, string(key.Customer), string(key.Recurrence))
		}
		return listing.All(listing.Is("customer", key.Customer), listing.Is("recurrence", key.Recurrence), listing.Is("scheduled_change", key.ID)), err
	}
	found, err := aip.BatchGet(ctx, find, request.GetNames(), h.service.ScheduledChanges, infallible(scheduledMessage))
	return &customerrecurrencev1.BatchGetScheduledChangesResponse{ScheduledChanges: found}, err
}

// ListScheduledChanges returns a page of scheduled changes, of one recurrence or of several.
func (h *changing) ListScheduledChanges(ctx context.Context, request *customerrecurrencev1.ListScheduledChangesRequest) (*customerrecurrencev1.ListScheduledChangesResponse, error) {
	parent, err := recurrenceNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	list := scheduledList.Within(listing.All(listing.Within("customer", parent[0]), listing.Within("recurrence", parent[1])))
	found, next, err := aip.List(ctx, h.sealer, list, request, h.service.ScheduledChanges, infallible(scheduledMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListScheduledChangesResponse{ScheduledChanges: found, NextPageToken: next}, nil
}

// WithdrawScheduledChange withdraws a scheduled change.
func (h *changing) WithdrawScheduledChange(ctx context.Context, request *customerrecurrencev1.WithdrawScheduledChangeRequest) (*customerrecurrencev1.ScheduledChange, error) {
	key, err := scheduledKey("name", request.GetName())
	if err != nil {
		return nil, err
	}
	withdrawn, err := h.service.Withdraw(ctx, key, request.GetEtag(), request.GetNote())
	return respond(withdrawn, err, scheduledMessage)
}

var scheduledNames = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}/scheduledChanges/{scheduled_change}")

// scheduledKey parses the name of a scheduled change.
func scheduledKey(field, name string) (recurrence.ScheduledKey, error) {
	ids, err := scheduledNames.Parse(field, name)
	if err != nil {
		return recurrence.ScheduledKey{}, err
	}
	key, err := recurrenceKey(field, recurrenceNames.Format(ids[0], ids[1]))
	return recurrence.ScheduledKey{Key: key, ID: recurrence.ScheduledID(ids[2])}, err
}

var (
	scheduledStates = map[recurrence.ScheduledState]customerrecurrencev1.ScheduledChange_State{
		recurrence.Scheduled: customerrecurrencev1.ScheduledChange_STATE_SCHEDULED,
		recurrence.Done:      customerrecurrencev1.ScheduledChange_STATE_DONE,
		recurrence.Withdrawn: customerrecurrencev1.ScheduledChange_STATE_WITHDRAWN,
		recurrence.Failed:    customerrecurrencev1.ScheduledChange_STATE_FAILED,
	}
	scheduledStateOf = inverse(scheduledStates)
)

func scheduledMessage(s recurrence.ScheduledChange) *customerrecurrencev1.ScheduledChange {
	message := &customerrecurrencev1.ScheduledChange{
		Name:  scheduledNames.Format(s.Customer, s.Recurrence, s.ID),
		State: scheduledStates[s.State], EffectiveDate: gtype.Date(s.Day), Note: s.Note, QuoteId: s.Quote, Actor: s.Actor,
		Problem: s.Problem, WithdrawalNote: s.Withdrawal, Etag: s.Etag(),
		CreateTime: timestamppb.New(s.CreateTime), UpdateTime: timestamppb.New(s.UpdateTime),
	}
	if s.Change > 0 {
		message.Change = changeNames.Format(s.Customer, s.Recurrence, s.Change)
	}
	message.Recurrence, message.UpdateMask = wantedMessage(s.Wanted)
	return message
}

// wantedMessage returns what a change sets, as a recurrence and the fields of it that count. Price and
// currency are the two parts of one field.
func wantedMessage(w recurrence.Wanted) (*customerrecurrencev1.Recurrence, *fieldmaskpb.FieldMask) {
	message, mask := &customerrecurrencev1.Recurrence{}, &fieldmaskpb.FieldMask{}
	if w.PackageID != nil {
		message.PackageId, mask.Paths = string(*w.PackageID), append(mask.Paths, "package_id")
	}
	if w.DisplayName != nil {
		message.DisplayName, mask.Paths = *w.DisplayName, append(mask.Paths, "display_name")
	}
	if w.Price != nil {
		message.Price = amountMessage(*w.Price, *w.Currency)
		mask.Paths = append(mask.Paths, "price")
	}
	if w.Cycle != nil {
		message.Cycle, mask.Paths = cycles[*w.Cycle], append(mask.Paths, "cycle")
	}
	if w.Services != nil {
		message.Services, mask.Paths = messagesOf(*w.Services, serviceMessage), append(mask.Paths, "services")
	}
	return message, mask
}

// scheduledOf parses an imported scheduled change.
func scheduledOf(m *customerrecurrencev1.ScheduledChange) (change recurrence.ScheduledChange, err error) {
	key, err := scheduledKey("name", m.GetName())
	if err != nil {
		return change, err
	}
	change = recurrence.ScheduledChange{
		Customer: key.Customer, Recurrence: key.Recurrence, ID: key.ID, State: scheduledStateOf[m.GetState()], Note: m.GetNote(),
		Quote: m.GetQuoteId(), Actor: m.GetActor(), Problem: m.GetProblem(), Withdrawal: m.GetWithdrawalNote(), Version: 1,
	}
	if change.Day, err = day("effective_date", m.GetEffectiveDate()); err != nil {
		return change, err
	}
	if m.GetChange() != "" {
		made, err := changeKey("change", m.GetChange())
		if err != nil {
			return change, err
		}
		change.Change = made.Version
	}
	return change, readWanted(m, &change.Wanted)
}

func readWanted(m *customerrecurrencev1.ScheduledChange, into *recurrence.Wanted) error {
	from := m.GetRecurrence()
	for _, path := range m.GetUpdateMask().GetPaths() {
		switch path {
		case "package_id":
			id := catalogue.NewPackageID(from.GetPackageId())
			into.PackageID = &id
		case "display_name":
			name := from.GetDisplayName()
			into.DisplayName = &name
		case "price":
			price, currency, err := amount("recurrence.price", from.GetPrice())
			if err != nil {
				return err
			}
			into.Price, into.Currency = &price, &currency
		case "cycle":
			cycle := cycleOf[from.GetCycle()]
			into.Cycle = &cycle
		case "services":
			services := messagesOf(from.GetServices(), contractedService)
			into.Services = &services
		default:
			return fault.InvalidField("update_mask", reason.UnknownField, "%q is no part of a change", path)
		}
	}
	return nil
}
