package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

// BatchGetItems reads items in the order of their names.
func (h *handlers) BatchGetItems(ctx context.Context, request *pb.BatchGetItemsRequest) (*pb.BatchGetItemsResponse, error) {
	found, err := aip.BatchGet(ctx, itemList.ByName, request.GetNames(), h.Catalogue.Items, itemMessage)
	return &pb.BatchGetItemsResponse{Items: found}, err
}

// BatchGetBillTos reads bill-tos in the order of their names.
func (h *handlers) BatchGetBillTos(ctx context.Context, request *pb.BatchGetBillTosRequest) (*pb.BatchGetBillTosResponse, error) {
	found, err := aip.BatchGet(ctx, billToList.ByName, request.GetNames(), h.Catalogue.BillTos, billToMessage)
	return &pb.BatchGetBillTosResponse{BillTos: found}, err
}

// BatchGetMasterAccounts reads master accounts in the order of their names.
func (h *handlers) BatchGetMasterAccounts(ctx context.Context, request *pb.BatchGetMasterAccountsRequest) (*pb.BatchGetMasterAccountsResponse, error) {
	found, err := aip.BatchGet(ctx, masterList.ByName, request.GetNames(), h.Catalogue.MasterAccounts, masterMessage)
	return &pb.BatchGetMasterAccountsResponse{MasterAccounts: found}, err
}

// BatchGetRecurringLines reads recurring lines in the order of their names.
func (h *handlers) BatchGetRecurringLines(ctx context.Context, request *pb.BatchGetRecurringLinesRequest) (*pb.BatchGetRecurringLinesResponse, error) {
	found, err := aip.BatchGet(ctx, lineList.ByName, request.GetNames(), h.Lines.List, lineMessage)
	return &pb.BatchGetRecurringLinesResponse{RecurringLines: found}, err
}

// BatchGetCycleRuns reads cycle runs in the order of their names.
func (h *handlers) BatchGetCycleRuns(ctx context.Context, request *pb.BatchGetCycleRunsRequest) (*pb.BatchGetCycleRunsResponse, error) {
	found, err := aip.BatchGet(ctx, runList.ByName, request.GetNames(), h.Runs.List, runMessage)
	return &pb.BatchGetCycleRunsResponse{CycleRuns: found}, err
}

// BatchGetInvoices reads invoices in the order of their names.
func (h *handlers) BatchGetInvoices(ctx context.Context, request *pb.BatchGetInvoicesRequest) (*pb.BatchGetInvoicesResponse, error) {
	found, err := aip.BatchGet(ctx, allInvoices.ByName, request.GetNames(), h.Documents.WholeInvoices, invoiceMessage)
	return &pb.BatchGetInvoicesResponse{Invoices: found}, err
}

// BatchGetCreditNotes reads credit notes in the order of their names.
func (h *handlers) BatchGetCreditNotes(ctx context.Context, request *pb.BatchGetCreditNotesRequest) (*pb.BatchGetCreditNotesResponse, error) {
	found, err := aip.BatchGet(ctx, creditNoteList.ByName, request.GetNames(), h.Invoices.CreditNotes, creditNoteMessage)
	return &pb.BatchGetCreditNotesResponse{CreditNotes: found}, err
}
