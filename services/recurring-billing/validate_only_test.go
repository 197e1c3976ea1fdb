package recurringbilling_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

// answered converts a response to proto.Message.
func answered[M proto.Message](message M, err error) (proto.Message, error) { return message, err }

func TestValidateOnlyChangesNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		f := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		f.run(t, &native.CycleRun{AsOfDate: day(2026, 4, 30), LineFilter: &native.CycleRunFilter{BillTos: []string{"billTos/1"}}})
		finalized := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun("cycleRuns/1")})[0].GetName()
		run, drafts := f.drafts(t)
		draft := drafts[0].GetName()
		for name, call := range map[string]func() (proto.Message, error){
			"UpdateItem": func() (proto.Message, error) {
				return answered(f.items.UpdateItem(t.Context(), &native.UpdateItemRequest{
					Item: &native.Item{Name: "items/RMR-MON", Description: "Other"}, ValidateOnly: true}))
			},
			"UpdateBillTo": func() (proto.Message, error) {
				return answered(f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{
					BillTo: &native.BillTo{Name: "billTos/1", DisplayName: "Other"}, ValidateOnly: true}))
			},
			"UpdateMasterAccount": func() (proto.Message, error) {
				return answered(f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{
					MasterAccount: &native.MasterAccount{Name: "masterAccounts/MASTER-1", Description: "Other"}, ValidateOnly: true}))
			},
			"UpdateRecurringLine": func() (proto.Message, error) {
				return answered(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{
					RecurringLine: &native.RecurringLine{Name: "recurringLines/1", Memo: "Other"}, ValidateOnly: true}))
			},
			"UpdateBillingProfile": func() (proto.Message, error) {
				return answered(f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{
					BillingProfile: &native.BillingProfile{DisplayName: "Other"}, ValidateOnly: true}))
			},
			"UpdateBillingSchedule": func() (proto.Message, error) {
				return answered(f.schedules.UpdateBillingSchedule(t.Context(), &native.UpdateBillingScheduleRequest{
					BillingSchedule: &native.BillingSchedule{DayOfMonth: 3, TimeZone: "UTC"}, ValidateOnly: true}))
			},
			"CreateCycleRun": func() (proto.Message, error) {
				return answered(f.runs.CreateCycleRun(t.Context(), &native.CreateCycleRunRequest{
					CycleRun: &native.CycleRun{AsOfDate: day(2026, 6, 30)}, ValidateOnly: true}))
			},
			"FinalizeCycleRun": func() (proto.Message, error) {
				return answered(f.runs.FinalizeCycleRun(t.Context(), &native.FinalizeCycleRunRequest{Name: run.GetName(), ValidateOnly: true}))
			},
			"DiscardCycleRun": func() (proto.Message, error) {
				return answered(f.runs.DiscardCycleRun(t.Context(), &native.DiscardCycleRunRequest{Name: run.GetName(), ValidateOnly: true}))
			},
			"VoidCycleRun": func() (proto.Message, error) {
				return answered(f.runs.VoidCycleRun(t.Context(), &native.VoidCycleRunRequest{Name: "cycleRuns/1", Reason: "x", ValidateOnly: true}))
			},
			"FinalizeInvoice": func() (proto.Message, error) {
				return answered(f.invoices.FinalizeInvoice(t.Context(), &native.FinalizeInvoiceRequest{Name: draft, ValidateOnly: true}))
			},
			"DeleteInvoice": func() (proto.Message, error) {
				return answered(f.invoices.DeleteInvoice(t.Context(), &native.DeleteInvoiceRequest{Name: draft, ValidateOnly: true}))
			},
			"VoidInvoice": func() (proto.Message, error) {
				return answered(f.invoices.VoidInvoice(t.Context(), &native.VoidInvoiceRequest{Name: finalized, Reason: "x", ValidateOnly: true}))
			},
		} {
			t.Run(name, func(t *testing.T) {
				f.unchanged(t, func() {
					if _, err := call(); err != nil {
						t.Error(err)
					}
				})
			})
		}
	})
}
