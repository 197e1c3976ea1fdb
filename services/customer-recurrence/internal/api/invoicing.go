package api

import (
	"context"
	"slices"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// CheckInvoicing says what is missing or wrong for an invoice to a customer.
func (h *customers) CheckInvoicing(ctx context.Context, request *customerrecurrencev1.CheckInvoicingRequest) (*customerrecurrencev1.CheckInvoicingResponse, error) {
	id, err := resourcename.ID[customer.ID](customerNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	issued, err := day("issue_date", request.GetIssueDate())
	if err != nil {
		return nil, err
	}
	found, err := h.service.CheckInvoicing(ctx, id, issued)
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.CheckInvoicingResponse{
		Ready:    !slices.ContainsFunc(found, func(f customer.Finding) bool { return !f.Warning }),
		Findings: messagesOf(found, findingMessage),
	}, nil
}

func findingMessage(finding customer.Finding) *customerrecurrencev1.InvoicingFinding {
	severity := customerrecurrencev1.InvoicingSeverity_INVOICING_SEVERITY_ERROR
	if finding.Warning {
		severity = customerrecurrencev1.InvoicingSeverity_INVOICING_SEVERITY_WARNING
	}
	return &customerrecurrencev1.InvoicingFinding{Severity: severity, Field: finding.Field, Description: finding.Description}
}

// writtenMessage returns a customer that was created or corrected, with its warnings.
func writtenMessage(written customer.Written) *customerrecurrencev1.Customer {
	message := customerMessage(written.Customer)
	message.Warnings = messagesOf(written.Warnings, findingMessage)
	return message
}
