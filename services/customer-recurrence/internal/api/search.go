package api

import "github.com/continuo-billing/continuo/services/platform/search"

// Search returns the resources that people search for. Each field has an index in the store.
func Search(s Services) []search.Source {
	return []search.Source{
		search.Of("Customer", customerList, s.Customers.List, infallible(customerMessage), "business_name",
			"name", "customer_tax_id", "customer_code", "business_name", "first_surname"),
		search.Of("Package", packageList, s.Packages.List, infallible(packageMessage), "display_name", "name", "display_name"),
		search.Of("Recurrence", recurrenceList, s.Recurrences.List, infallible(recurrenceMessage), "display_name",
			"recurrence", "package_id", "display_name"),
	}
}
