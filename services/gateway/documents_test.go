package gateway

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/codes"

	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

func TestDocumentsAreReturnedUnchanged(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct{ path, method, contentType, data string }{
		{"/recurring-billing/v1/invoices/1-7-USD:print", "PrintInvoice", "application/pdf", "%PDF-1.3\n\x00\xff"},
		{"/recurring-billing/v1/invoices/1-7-USD:export", "ExportInvoice", "text/csv; charset=utf-8", "a,b\r\n"},
		{"/recurring-billing/v1/creditNotes/3:print", "PrintCreditNote", "application/pdf", "%PDF"},
		{"/recurring-billing/v1/invoices:export?filter=bill_to=%22billTos/7%22", "ExportInvoices", "text/csv; charset=utf-8", "a,b\r\n1,\"2\n3\"\r\n"},
	} {
		t.Run(test.method, func(t *testing.T) {
			for _, accept := range []string{"", "*/*", test.contentType, "application/json", "text/event-stream"} {
				backend.answers(&httpbody.HttpBody{ContentType: test.contentType, Data: []byte(test.data)}, nil)
				got := request{"GET", test.path, "", ""}.send(t, server.URL, "Accept", accept)
				if got.status != http.StatusOK || got.contentType != test.contentType || got.text != test.data {
					t.Errorf("Accept %q: got %d %s %q", accept, got.status, got.contentType, got.text)
				}
				if asked := backend.take()[0]; !strings.HasSuffix(asked.method, "/"+test.method) {
					t.Errorf("got call of %s", asked.method)
				} else if export, ok := asked.request.(*recurringbillingv1.ExportInvoicesRequest); ok && export.GetFilter() != `bill_to="billTos/7"` {
					t.Errorf("got request %v", export)
				}
			}
		})
	}
}

func TestOnlyContentDispositionIsReturned(t *testing.T) {
	for key, want := range map[string]bool{"content-disposition": true, "content-type": false, "grpc-trace-bin": false, "set-cookie": false} {
		if header, ok := outgoingHeader(key); ok != want || ok && header != "Content-Disposition" {
			t.Errorf("%s: got header %q, %t", key, header, ok)
		}
	}
}

func TestDocumentErrorsAreStatuses(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, path := range []string{"/recurring-billing/v1/invoices/1-7-USD:print", "/recurring-billing/v1/invoices:export"} {
		backend.answers(nil, refused(t, codes.NotFound, "NOT_FOUND", "There is no invoice."))
		got := request{"GET", path, "", ""}.send(t, server.URL)
		if got.status != http.StatusNotFound || got.contentType != "application/json" || !strings.Contains(got.text, "There is no invoice.") {
			t.Errorf("%s: got %d %s %q", path, got.status, got.contentType, got.text)
		}
		backend.take()
	}
}
