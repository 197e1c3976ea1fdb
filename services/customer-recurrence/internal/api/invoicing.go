package api

import (
	"context"

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
	response := &customerrecurrencev1.CheckInvoicingResponse{Ready: true}
	for _, finding := range found {
		severity := customerrecurrencev1.InvoicingSeverity_INVOICING_SEVERITY_WARNING
		if !finding.Warning {
			severity, response.Ready = customerrecurrencev1.InvoicingSeverity_INVOICING_SEVERITY_ERROR, false
		}
		response.Findings = append(response.Findings, &customerrecurrencev1.InvoicingFinding{
			Severity: severity, Field: finding.Field, Description: finding.Description,
		})
	}
	return response, nil
}
