package api

import (
	"context"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// CancelCustomer cancels a customer with its recurrences.
func (h *customers) CancelCustomer(ctx context.Context, request *customerrecurrencev1.CancelCustomerRequest) (*customerrecurrencev1.Customer, error) {
	return closed(ctx, h.closing.Cancel, request)
}

// UndoCustomer undoes a cancellation.
func (h *customers) UndoCustomer(ctx context.Context, request *customerrecurrencev1.UndoCustomerRequest) (*customerrecurrencev1.Customer, error) {
	return closed(ctx, h.closing.Undo, request)
}

func closed(ctx context.Context, do func(context.Context, closing.Step, ...mutation.Option) (customer.Customer, error), request step) (*customerrecurrencev1.Customer, error) {
	id, err := resourcename.ID[customer.ID](customerNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	after, err := do(ctx, closing.Step{ID: id, Etag: request.GetEtag(), Note: request.GetNote()})
	return respond(after, err, customerMessage)
}

// MergeCustomer merges a duplicate into a customer.
func (h *customers) MergeCustomer(ctx context.Context, request *customerrecurrencev1.MergeCustomerRequest) (*customerrecurrencev1.Customer, error) {
	id, err := resourcename.ID[customer.ID](customerNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	duplicate, err := resourcename.ID[customer.ID](customerNames, "duplicate", request.GetDuplicate())
	if err != nil {
		return nil, err
	}
	stays, err := h.closing.Merge(ctx, closing.Step{ID: id, Etag: request.GetEtag()}, duplicate)
	return respond(stays, err, customerMessage)
}

var (
	customerStates = map[customer.State]customerrecurrencev1.CustomerState{
		customer.Active:    customerrecurrencev1.CustomerState_CUSTOMER_STATE_ACTIVE,
		customer.Cancelled: customerrecurrencev1.CustomerState_CUSTOMER_STATE_CANCELLED,
		customer.Merged:    customerrecurrencev1.CustomerState_CUSTOMER_STATE_MERGED,
	}
	customerStateOf = inverse(customerStates)
)

// showLife shows where a customer is in its life.
func showLife(life customer.Life, on *customerrecurrencev1.Customer) {
	on.State = customerStates[life.State]
	if life.MergedInto != "" {
		on.MergedInto = customerNames.Format(life.MergedInto)
	}
	if ended := life.Cancellation; ended != nil {
		on.Cancellation = &customerrecurrencev1.CustomerCancellation{CancelDate: gtype.Date(ended.Day), Note: ended.Note, RecurrenceIds: ended.RecurrenceIDs}
	}
}

// importedCustomer parses an imported customer, with the state that a new one cannot choose.
func importedCustomer(request *customerrecurrencev1.CreateCustomerRequest) (wanted customer.Customer, err error) {
	if wanted, err = newCustomer(request); err != nil {
		return wanted, err
	}
	m := request.GetCustomer()
	wanted.State = customerStateOf[m.GetState()]
	if m.GetMergedInto() != "" {
		if wanted.MergedInto, err = resourcename.ID[customer.ID](customerNames, "customer.merged_into", m.GetMergedInto()); err != nil {
			return wanted, err
		}
	}
	if ended := m.GetCancellation(); ended != nil {
		wanted.Cancellation = &customer.Cancellation{Note: ended.GetNote(), RecurrenceIDs: ended.GetRecurrenceIds()}
		wanted.Cancellation.Day, err = day("customer.cancellation.cancel_date", ended.GetCancelDate())
	}
	return wanted, err
}
