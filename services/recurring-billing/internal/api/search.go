package api

import (
	"github.com/continuo-billing/continuo/services/platform/search"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// Search returns the resources that people search for. Each field has an index in the store.
func Search(s Services) []search.Source {
	return []search.Source{
		search.Of("Item", itemList, s.Catalogue.Items, itemMessage, "description", "name", "description"),
		search.Of("BillTo", billToList, s.Catalogue.BillTos, billToMessage, "display_name", "name", "customer_id", "display_name"),
		search.Of("MasterAccount", masterList, s.Catalogue.MasterAccounts, masterMessage, "", "name", "customer_id"),
		search.Of("RecurringLine", lineList, s.Lines.List, lineMessage, "item", "name"),
		search.Of("Invoice", numberedInvoices, s.Invoices.List, invoiceMessage, "", invoice.FieldNumber),
		search.Of("CreditNote", creditNoteList, s.Invoices.CreditNotes, creditNoteMessage, "", "name"),
		search.Of("RateIncrease", increaseList, s.Increases.List, increaseMessage, "", "name"),
		search.Of("Charge", chargeList, s.Charges.List, chargeMessage, "description", "name"),
		search.Of("CycleRun", runList, s.Runs.List, runMessage, "", "name"),
	}
}
