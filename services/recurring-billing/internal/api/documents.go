package api

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/document"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// Media types of documents.
const (
	pdfType = "application/pdf"
	csvType = "text/csv; charset=utf-8"
)

// fileOf returns the content-disposition header for a file. A browser shows an inline file and
// saves an attachment.
func fileOf(disposition, name string) metadata.MD {
	return metadata.Pairs("content-disposition", fmt.Sprintf("%s; filename=%q", disposition, name))
}

// fileName returns the file name of an invoice, made of what it is called and its number, or of its
// id while it is a draft.
func fileName(inv *invoice.Invoice) string {
	if inv.State == invoice.Draft {
		return "draft-" + string(inv.ID)
	}
	return fmt.Sprintf("%s-%d", strings.ReplaceAll(strings.ToLower(document.Called(inv)), " ", "-"), inv.Number)
}

// onPaper sets the paper that a document is printed on, if the request names one.
func onPaper(seller *invoice.Profile, asked pb.PaperSize) {
	if asked != pb.PaperSize_PAPER_SIZE_UNSPECIFIED {
		seller.Paper = papers[asked]
	}
}

// document returns the document of the named invoice.
func (h *handlers) document(ctx context.Context, name string) (invoice.Document, error) {
	id, err := resourcename.ID[invoice.ID](invoiceNames, "name", name)
	if err != nil {
		return invoice.Document{}, err
	}
	return h.Documents.Invoice(ctx, id)
}

// PrintInvoice prints an invoice.
func (h *handlers) PrintInvoice(ctx context.Context, request *pb.PrintInvoiceRequest) (*httpbody.HttpBody, error) {
	invoice, err := h.document(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	onPaper(&invoice.Seller, request.GetPaperSize())
	pages, err := document.Invoice(invoice)
	if err != nil {
		return nil, fmt.Errorf("printing %s: %w", request.GetName(), err)
	}
	file := fileOf("inline", fileName(&invoice.Invoice)+".pdf")
	return &httpbody.HttpBody{ContentType: pdfType, Data: pages}, grpc.SetHeader(ctx, file)
}

// PrintCreditNote prints a credit note.
func (h *handlers) PrintCreditNote(ctx context.Context, request *pb.PrintCreditNoteRequest) (*httpbody.HttpBody, error) {
	id, err := resourcename.Number[invoice.CreditNoteID](creditNoteNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	note, err := h.Documents.CreditNote(ctx, id)
	if err != nil {
		return nil, err
	}
	onPaper(&note.Seller, request.GetPaperSize())
	pages, err := document.CreditNote(note)
	if err != nil {
		return nil, fmt.Errorf("printing %s: %w", request.GetName(), err)
	}
	file := fileOf("inline", fmt.Sprintf("credit-note-%d.pdf", id))
	return &httpbody.HttpBody{ContentType: pdfType, Data: pages}, grpc.SetHeader(ctx, file)
}

// ExportInvoice writes an invoice as a CSV table.
func (h *handlers) ExportInvoice(ctx context.Context, request *pb.ExportInvoiceRequest) (*httpbody.HttpBody, error) {
	invoice, err := h.document(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	table, err := document.NewTable(&out, request.GetByteOrderMark())
	if err != nil {
		return nil, err
	}
	if err := table.Add(invoice); err != nil {
		return nil, err
	}
	if err := table.Flush(); err != nil {
		return nil, err
	}
	file := fileOf("attachment", fileName(&invoice.Invoice)+".csv")
	return &httpbody.HttpBody{ContentType: csvType, Data: out.Bytes()}, grpc.SetHeader(ctx, file)
}

// chunkBytes is about how much of a table is sent at once. It is far below the maximum size of a
// message.
const chunkBytes = 256 << 10

// chunks is a writer that sends its input as the chunks of a stream.
type chunks struct {
	stream grpc.ServerStreamingServer[httpbody.HttpBody]
	held   bytes.Buffer
}

// Write buffers bytes until a chunk is full.
func (c *chunks) Write(written []byte) (int, error) {
	c.held.Write(written)
	if c.held.Len() < chunkBytes {
		return len(written), nil
	}
	return len(written), c.send()
}

func (c *chunks) send() error {
	err := c.stream.Send(&httpbody.HttpBody{ContentType: csvType, Data: bytes.Clone(c.held.Bytes())})
	c.held.Reset()
	return err
}

// ExportInvoices writes invoices as one CSV table.
func (h *handlers) ExportInvoices(request *pb.ExportInvoicesRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	list, err := invoiceList(request)
	if err != nil {
		return err
	}
	query, err := aip.Query(list, request)
	if err != nil {
		return err
	}
	place := func(i invoice.Invoice) (listing.Cursor, error) { return list.Cursor(query.Order, i) }
	if err := stream.SetHeader(fileOf("attachment", "invoices.csv")); err != nil {
		return err
	}
	out := &chunks{stream: stream}
	table, err := document.NewTable(out, request.GetByteOrderMark())
	if err != nil {
		return err
	}
	if err := h.Documents.Each(stream.Context(), query, place, table.Add); err != nil {
		return err
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return out.send()
}
