package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

func chargeMessage(c charge.Charge) (*pb.Charge, error) {
	amount, err := amountMessage(c.Amount)
	if err != nil {
		return nil, err
	}
	created, updated := timestamps(c.Revision)
	return &pb.Charge{
		Name: chargeNames.Format(c.ID), BillTo: billToNames.Format(c.BillTo), Item: itemNames.Format(c.Item), Description: c.Description,
		Memo: c.Memo, Amount: amount, ChargeDate: gtype.Date(c.Date), Invoice: invoiceNames.Format(invoice.ID(c.Invoice)),
		CreateTime: created, UpdateTime: updated, Etag: c.Etag(),
	}, nil
}

// readChargeMessage reads the changeable fields of a charge. It does not read the number.
func readChargeMessage(r *reader, m *pb.Charge) charge.Charge {
	return charge.Charge{
		BillTo: readNumber[catalogue.BillToID](r, catalogue.FieldBillTo, billToNames, m.GetBillTo()),
		Item:   readID[catalogue.ItemCode](r, charge.FieldItem, itemNames, m.GetItem()), Description: m.GetDescription(), Memo: m.GetMemo(),
		Amount: r.amount(charge.FieldAmount, m.GetAmount()), Date: r.date(charge.FieldDate, m.GetChargeDate()),
	}
}

// readCharge reads the fields of a new charge.
func readCharge(request *pb.CreateChargeRequest) (charge.Charge, error) {
	var r reader
	created := readChargeMessage(&r, request.GetCharge())
	created.ID = chosenNumber[charge.ID](&r, request.GetChargeId())
	return created, inResource(r.Err(), "charge")
}

// readImportedCharge reads a charge that is imported, with the invoice that bills it.
func readImportedCharge(m *pb.Charge) (books.Resource, error) {
	var r reader
	billedBy := readID[string](&r, "invoice", invoiceNames, m.GetInvoice())
	if err := r.Err(); err != nil {
		return nil, err
	}
	return readNamed("charge", chargeNames, m, func(id string) *pb.CreateChargeRequest {
		return &pb.CreateChargeRequest{Charge: m, ChargeId: id}
	}, func(request *pb.CreateChargeRequest) (charge.Charge, error) {
		imported, err := readCharge(request)
		imported.Invoice = billedBy
		return imported, err
	})
}

// CreateCharge creates a one-off charge.
func (h *handlers) CreateCharge(ctx context.Context, request *pb.CreateChargeRequest) (*pb.Charge, error) {
	given, err := readCharge(request)
	if err != nil {
		return nil, err
	}
	created, err := h.Charges.Create(ctx, given)
	if err != nil {
		return nil, inResource(err, "charge")
	}
	return chargeMessage(created)
}

// GetCharge reads a one-off charge.
func (h *handlers) GetCharge(ctx context.Context, request *pb.GetChargeRequest) (*pb.Charge, error) {
	id, err := resourcename.Number[charge.ID](chargeNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.Charges.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return chargeMessage(found)
}

// BatchGetCharges reads one-off charges in the order of their names.
func (h *handlers) BatchGetCharges(ctx context.Context, request *pb.BatchGetChargesRequest) (*pb.BatchGetChargesResponse, error) {
	found, err := aip.BatchGet(ctx, chargeList.ByName, request.GetNames(), h.Charges.List, chargeMessage)
	return &pb.BatchGetChargesResponse{Charges: found}, err
}

// ListCharges lists one-off charges.
func (h *handlers) ListCharges(ctx context.Context, request *pb.ListChargesRequest) (*pb.ListChargesResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, chargeList, request, h.Charges.List, chargeMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListChargesResponse{Charges: found, NextPageToken: next}, nil
}

// UpdateCharge changes a one-off charge.
func (h *handlers) UpdateCharge(ctx context.Context, request *pb.UpdateChargeRequest) (*pb.Charge, error) {
	sent := request.GetCharge()
	id, err := resourcename.Number[charge.ID](chargeNames, "charge.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	changed, err := h.Charges.Update(ctx, id, sent.GetEtag(), revise(sent, request.GetUpdateMask(), chargeMessage, readChargeMessage))
	if err != nil {
		return nil, inResource(err, "charge")
	}
	return chargeMessage(changed)
}

// DeleteCharge removes a one-off charge that is not billed.
func (h *handlers) DeleteCharge(ctx context.Context, request *pb.DeleteChargeRequest) (*emptypb.Empty, error) {
	id, err := resourcename.Number[charge.ID](chargeNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.Charges.Delete(ctx, id, request.GetEtag())
}
