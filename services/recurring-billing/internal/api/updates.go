package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// UpdateItem changes an item.
func (h *handlers) UpdateItem(ctx context.Context, request *pb.UpdateItemRequest) (*pb.Item, error) {
	sent := request.GetItem()
	code, err := resourcename.ID[catalogue.ItemCode](itemNames, "item.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	item, err := h.Catalogue.UpdateItem(ctx, code, sent.GetEtag(),
		revise(sent, request.GetUpdateMask(), itemMessage, readItemMessage))
	if err != nil {
		return nil, inResource(err, "item")
	}
	return itemMessage(item)
}

// UpdateBillTo changes a bill-to.
func (h *handlers) UpdateBillTo(ctx context.Context, request *pb.UpdateBillToRequest) (*pb.BillTo, error) {
	sent := request.GetBillTo()
	id, err := resourcename.Number[catalogue.BillToID](billToNames, "bill_to.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	billTo, err := h.Catalogue.UpdateBillTo(ctx, id, sent.GetEtag(), revise(sent, request.GetUpdateMask(), billToMessage, readBillToMessage))
	if err != nil {
		return nil, inResource(err, "bill_to")
	}
	return billToMessage(billTo)
}

// UpdateMasterAccount changes a master account.
func (h *handlers) UpdateMasterAccount(ctx context.Context, request *pb.UpdateMasterAccountRequest) (*pb.MasterAccount, error) {
	sent := request.GetMasterAccount()
	code, err := resourcename.ID[catalogue.MasterAccountCode](masterNames, "master_account.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	account, err := h.Catalogue.UpdateMasterAccount(ctx, code, sent.GetEtag(),
		revise(sent, request.GetUpdateMask(), masterMessage, readMasterMessage))
	if err != nil {
		return nil, inResource(err, "master_account")
	}
	return masterMessage(account)
}

// UpdateRecurringLine changes a recurring line.
func (h *handlers) UpdateRecurringLine(ctx context.Context, request *pb.UpdateRecurringLineRequest) (*pb.RecurringLine, error) {
	sent := request.GetRecurringLine()
	id, err := resourcename.Number[line.ID](lineNames, "recurring_line.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	changed, err := h.Lines.Update(ctx, id, sent.GetEtag(), func(present line.Line) (line.Change, error) { return lineChange(present, request) })
	if err != nil {
		return nil, inResource(err, lineResource)
	}
	return lineMessage(changed)
}

// lineChange reads the change that a request asks for. A master account or a bill-to counts as
// named even if the line already has it.
func lineChange(present line.Line, request *pb.UpdateRecurringLineRequest) (line.Change, error) {
	sent, mask := request.GetRecurringLine(), request.GetUpdateMask()
	merged, err := merge(present, lineMessage, sent, mask)
	if err != nil {
		return line.Change{}, err
	}
	var r reader
	to := readLine(&r, merged)
	change := line.Change{
		Item: &to.Item, Description: &to.Description, MasterItem: &to.MasterItem, BillCycle: &to.BillCycle, Memo: &to.Memo,
		Timing: &to.Timing, Job: &to.Job, Branch: &to.Branch, Restart: request.GetRestartPeriods(),
	}
	if asks(mask, line.FieldMasterAccount, sent.GetMasterAccount() != "") {
		change.MasterAccount = &to.MasterAccount
	}
	if asks(mask, catalogue.FieldBillTo, sent.GetBillTo() != "") {
		change.BillTo = &to.BillTo
	}
	return change, r.Err()
}

// UpdateBillingProfile sets the billing profile: the fields in the mask, or all of them without a
// mask.
func (h *handlers) UpdateBillingProfile(ctx context.Context, request *pb.UpdateBillingProfileRequest) (*pb.BillingProfile, error) {
	sent := request.GetBillingProfile()
	profile, err := h.Documents.UpdateProfile(ctx, sent.GetEtag(),
		revise(sent, fieldmask.Whole(request.GetUpdateMask()), profileMessage, readProfile))
	if err != nil {
		return nil, inResource(err, "billing_profile")
	}
	return profileMessage(profile)
}

// UpdateBillingSchedule sets the billing schedule: the fields in the mask, or all of them without a
// mask.
func (h *handlers) UpdateBillingSchedule(ctx context.Context, request *pb.UpdateBillingScheduleRequest) (*pb.BillingSchedule, error) {
	sent := request.GetBillingSchedule()
	schedule, err := h.Runs.UpdateSchedule(ctx, sent.GetEtag(),
		revise(sent, fieldmask.Whole(request.GetUpdateMask()), showable(scheduleMessage), readable(newSchedule)))
	if err != nil {
		return nil, inResource(err, "billing_schedule")
	}
	return upcomingMessage(schedule), nil
}

// showable adapts a conversion to a message that cannot fail.
func showable[R, M any](show func(R) M) func(R) (M, error) {
	return func(resource R) (M, error) { return show(resource), nil }
}

// readable adapts a conversion from a message that cannot fail.
func readable[R, M any](read func(M) R) func(*reader, M) R {
	return func(_ *reader, message M) R { return read(message) }
}
