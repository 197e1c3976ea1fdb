package api

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

// GetRecurrenceChange returns one change.
func (h *recurrences) GetRecurrenceChange(ctx context.Context, request *customerrecurrencev1.GetRecurrenceChangeRequest) (*customerrecurrencev1.RecurrenceChange, error) {
	key, err := changeKey("name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.service.Change(ctx, key)
	return respond(found, err, changeMessage)
}

// BatchGetRecurrenceChanges returns changes in the order of their names.
func (h *recurrences) BatchGetRecurrenceChanges(ctx context.Context, request *customerrecurrencev1.BatchGetRecurrenceChangesRequest) (*customerrecurrencev1.BatchGetRecurrenceChangesResponse, error) {
	parent, err := recurrenceNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	find := func(field, name string) (listing.Condition, error) {
		key, err := changeKey(field, name)
		if err == nil {
			err = within(parent, field, string(key.Customer), string(key.Recurrence))
		}
		return listing.All(listing.Is("customer", key.Customer), listing.Is("recurrence", key.Recurrence), listing.Is("version", key.Version)), err
	}
	found, err := aip.BatchGet(ctx, find, request.GetNames(), h.service.Changes, infallible(changeMessage))
	return &customerrecurrencev1.BatchGetRecurrenceChangesResponse{RecurrenceChanges: found}, err
}

// ListRecurrenceChanges returns a page of changes, of one recurrence or of several.
func (h *recurrences) ListRecurrenceChanges(ctx context.Context, request *customerrecurrencev1.ListRecurrenceChangesRequest) (*customerrecurrencev1.ListRecurrenceChangesResponse, error) {
	parent, err := recurrenceNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	list := changeList.Within(listing.All(listing.Within("customer", parent[0]), listing.Within("recurrence", parent[1])))
	found, next, err := aip.List(ctx, h.sealer, list, request, h.service.Changes, infallible(changeMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListRecurrenceChangesResponse{RecurrenceChanges: found, NextPageToken: next}, nil
}

var directions = map[recurrence.Direction]customerrecurrencev1.ChangeDirection{
	recurrence.Upgrade:   customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_UPGRADE,
	recurrence.Downgrade: customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_DOWNGRADE,
	recurrence.Lateral:   customerrecurrencev1.ChangeDirection_CHANGE_DIRECTION_LATERAL,
}

func changeMessage(change recurrence.Change) *customerrecurrencev1.RecurrenceChange {
	difference := change.Difference
	message := &customerrecurrencev1.RecurrenceChange{
		Name:            changeNames.Format(change.Customer, change.Recurrence, change.Version),
		Direction:       directions[difference.Direction],
		OldPackageId:    string(difference.OldPackageID),
		NewPackageId:    string(difference.NewPackageID),
		OldDisplayName:  difference.OldDisplayName,
		NewDisplayName:  difference.NewDisplayName,
		OldPrice:        amountMessage(difference.OldPrice, difference.OldCurrency),
		NewPrice:        amountMessage(difference.NewPrice, difference.NewCurrency),
		AddedServices:   messagesOf(difference.Added, serviceMessage),
		RemovedServices: messagesOf(difference.Removed, serviceMessage),
		ChangedServices: messagesOf(difference.Changed, func(c recurrence.ChangedService) *customerrecurrencev1.ChangedService {
			return &customerrecurrencev1.ChangedService{OldService: serviceMessage(c.Old), NewService: serviceMessage(c.New)}
		}),
		OldTerms:   termsMessage(difference.OldTerms),
		NewTerms:   termsMessage(difference.NewTerms),
		Note:       change.Note,
		Lines:      messagesOf(change.Lines, lineMessage),
		QuoteId:    change.Quote,
		Actor:      change.Actor,
		CreateTime: timestamppb.New(change.CreateTime),
	}
	if change.Scheduled != "" {
		message.ScheduledChange = scheduledNames.Format(change.Customer, change.Recurrence, change.Scheduled)
	}
	// Those from before prices of different cycles were compared by the month have it.
	if difference.SameKind() || difference.SameCurrency() && !difference.PriceDifference.IsZero() {
		message.PriceDifference = amountMessage(difference.PriceDifference, difference.NewCurrency)
	}
	return message
}

// changeOf parses an imported change.
func changeOf(m *customerrecurrencev1.RecurrenceChange) (change recurrence.Change, err error) {
	key, err := changeKey("name", m.GetName())
	if err != nil {
		return change, err
	}
	change.Customer, change.Recurrence, change.Version = key.Customer, key.Recurrence, key.Version
	if m.GetCreateTime() == nil || m.GetCreateTime().CheckValid() != nil {
		return change, fault.InvalidField("create_time", reason.InvalidTime, "must be the time of the change")
	}
	change.Quote = m.GetQuoteId()
	if err := readOrigin(m, &change); err != nil {
		return change, err
	}
	change.Note, change.Actor, change.CreateTime = m.GetNote(), m.GetActor(), m.GetCreateTime().AsTime().Truncate(time.Microsecond)
	difference := &change.Difference
	*difference = recurrence.Difference{
		OldPackageID: catalogue.NewPackageID(m.GetOldPackageId()), NewPackageID: catalogue.NewPackageID(m.GetNewPackageId()),
		OldDisplayName: m.GetOldDisplayName(), NewDisplayName: m.GetNewDisplayName(),
		Added: contracted(m.GetAddedServices()), Removed: contracted(m.GetRemovedServices()),
	}
	for direction, shown := range directions {
		if shown == m.GetDirection() {
			difference.Direction = direction
		}
	}
	for _, c := range m.GetChangedServices() {
		difference.Changed = append(difference.Changed, recurrence.ChangedService{Old: contractedService(c.GetOldService()), New: contractedService(c.GetNewService())})
	}
	if difference.OldTerms, err = termsOf("old_terms.", m.GetOldTerms()); err != nil {
		return change, err
	}
	if difference.NewTerms, err = termsOf("new_terms.", m.GetNewTerms()); err != nil {
		return change, err
	}
	if difference.OldPrice, difference.OldCurrency, err = amount("old_price", m.GetOldPrice()); err != nil {
		return change, err
	}
	if difference.NewPrice, difference.NewCurrency, err = amount("new_price", m.GetNewPrice()); err != nil {
		return change, err
	}
	move, currency, err := amount("price_difference", m.GetPriceDifference())
	if err == nil && m.GetPriceDifference() != nil && currency != difference.NewCurrency {
		err = fault.InvalidField("price_difference", reason.AnotherCurrency, "must be in the currency of the new price")
	}
	difference.PriceDifference = move
	return change, err
}

// readOrigin parses the lines of an imported change and the scheduled change that it came from.
func readOrigin(m *customerrecurrencev1.RecurrenceChange, into *recurrence.Change) error {
	for i, sent := range m.GetLines() {
		line, err := lineOf(fmt.Sprintf("lines[%d].", i), sent)
		if err != nil {
			return err
		}
		into.Lines = append(into.Lines, line)
	}
	if m.GetScheduledChange() == "" {
		return nil
	}
	scheduled, err := scheduledKey("scheduled_change", m.GetScheduledChange())
	into.Scheduled = scheduled.ID
	return err
}

func contracted(messages []*customerrecurrencev1.ContractedService) (services []recurrence.ContractedService) {
	for _, m := range messages {
		services = append(services, contractedService(m))
	}
	return services
}

func contractedService(m *customerrecurrencev1.ContractedService) recurrence.ContractedService {
	return recurrence.ContractedService{
		ServiceID: catalogue.NewServiceID(m.GetServiceId()), TransactionLimit: m.GetTransactionLimit(), Value: m.GetValue(),
		ExternalServiceID: m.GetExternalServiceId(),
	}
}
