package main

import (
	"fmt"
	"io"
)

// printHints writes commands that work as pasted against the demo data.
func (s *serve) printHints(out io.Writer) {
	// What cannot be written to a terminal that is gone is not worth an error.
	_, _ = fmt.Fprintf(out, `
Continuo is up. Documentation: http://%[1]s/docs   Try:

curl -s -X PUT http://%[1]s/api/dynamics/clients/C-1001/recurrences/R-5001 -H 'Content-Type: application/json' -d '{"recurrence":{"recurrence_id":"R-5001","package_id":"PKG-PLUS","name":"Plan Plus","price":649.0,"services":[{"service_id":"SRV-CFDI","transaction_limit":500,"value":"500","serviceid_ext":"EXT-1"}]}}'

curl -s -X POST http://%[1]s/subscriptions/update -H 'Content-Type: application/json' -d '{"token":"68AE293767E642338983F52D879D56E7","subscription_identifier":{"number":"S60117"},"notes":"Update subscription information through Web API","owned_by_group_identifier":{"name":"Managers Group"},"privacy_level_identifier":{"id":"BFF5D07F43CAD23390C2B07678FE3074"},"udf_string_5":"UDF5"}'

curl -s -i -X PUT http://%[1]s/api/customerrecurring/1 -H 'Content-Type: application/json' -d '{"CustomerRecurringId":1,"ItemCode":"RMR-MON","MasterItemCode":"RMR-BASE","BillCycle":"Q","UserDescription":"Monitoring, quarterly","InvoiceItemMemo":"changed by curl"}'
curl -s http://%[1]s/api/customerrecurring/1
curl -s http://%[1]s/api/item

.tools/bin/grpcurl -plaintext %[2]s list
.tools/bin/grpcurl -plaintext -d '{"client_id":"C-1001","recurrence_id":"R-5001","upgrade_downgrade":{"recurrence":{"name":"Plan Básico","price":{"value":"499.00"}}}}' %[2]s dynamics.v1.RecurrenceService/UpdateRecurrence
.tools/bin/grpcurl -plaintext -d '{"token":"68AE293767E642338983F52D879D56E7","subscription_identifier":{"number":"S60117"},"notes":"by grpcurl"}' %[3]s crmcom.v2.SubscriptionsService/UpdateSubscription
.tools/bin/grpcurl -plaintext -d '{"id":1,"customer_recurring_update":{"item_code":"RMR-MON","bill_cycle":"M"}}' %[4]s sedona.v1.CustomerRecurringService/UpdateCustomerRecurring

`, s.HTTPAddr, s.CustomerRecurrenceAddr, s.SubscriptionAddr, s.RecurringBillingAddr)
}
