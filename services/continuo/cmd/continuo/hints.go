package main

import (
	"fmt"
	"io"
)

// printHints writes commands that work as pasted against the demo data, each above a part of its answer.
func (s *serve) printHints(out io.Writer) {
	// What cannot be written to a terminal that is gone is not worth an error.
	_, _ = fmt.Fprintf(out, `
Continuo is up. Documentation: http://%[1]s/docs
Try these in another terminal; a part of the answer stands below each.

Dynamics: change what client C-1001 has contracted
curl -s -X PUT http://%[1]s/api/dynamics/clients/C-1001/recurrences/R-5001 -H 'Content-Type: application/json' -d '{"recurrence":{"recurrence_id":"R-5001","package_id":"PKG-PRO","name":"Plan Pro","price":649.0,"services":[{"service_id":"SVC-CFDI","transaction_limit":500,"value":"500","serviceid_ext":"EXT-100"}]}}'
  -> {"success":true,"message":"La contratación se actualizó correctamente.","data":{"CustomerCode":"C-1001"}}

CRM.COM: update a subscription
curl -s -X POST http://%[1]s/subscriptions/update -H 'Content-Type: application/json' -d '{"token":"68AE293767E642338983F52D879D56E7","subscription_identifier":{"number":"S60117"},"notes":"Update subscription information through Web API","owned_by_group_identifier":{"name":"Managers Group"},"privacy_level_identifier":{"id":"BFF5D07F43CAD23390C2B07678FE3074"},"udf_string_5":"UDF5"}'
  -> {"status":{"code":"OK"},"data":{"number":"S60117","life_cycle_state":"EFFECTIVE"}}

Sedona: bill a recurring line every quarter, then read it
curl -s -i -X PUT http://%[1]s/api/customerrecurring/1 -H 'Content-Type: application/json' -d '{"CustomerRecurringId":1,"ItemCode":"RMR-MON","MasterItemCode":"RMR-BASE","BillCycle":"Q","UserDescription":"Monitoring, quarterly","InvoiceItemMemo":"changed by curl"}'
  -> HTTP/1.1 204 No Content
curl -s http://%[1]s/api/customerrecurring/1
  -> {"CustomerRecurringId":1,"ItemCode":"RMR-MON","BillCycle":"Q","MonthlyAmount":29.95,"CycleAmount":89.85}
curl -s http://%[1]s/api/item
  -> [{"ItemCode":"RMR-BASE","Description":"Security package"},"..."]

The same over gRPC
.tools/bin/grpcurl -plaintext %[2]s list
  -> dynamics.v1.RecurrenceService
.tools/bin/grpcurl -plaintext -d '{"client_id":"C-1001","recurrence_id":"R-5001","upgrade_downgrade":{"recurrence":{"name":"Plan Básico","price":{"value":"499.00"}}}}' %[2]s dynamics.v1.RecurrenceService/UpdateRecurrence
  -> {"success":true,"data":{"CustomerCode":"C-1001"}}
.tools/bin/grpcurl -plaintext -d '{"token":"68AE293767E642338983F52D879D56E7","subscription_identifier":{"number":"S60117"},"notes":"by grpcurl"}' %[3]s crmcom.v2.SubscriptionsService/UpdateSubscription
  -> {"status":{"code":"OK"},"data":{"number":"S60117"}}
.tools/bin/grpcurl -plaintext -d '{"id":1,"customer_recurring_update":{"item_code":"RMR-MON","bill_cycle":"M"}}' %[4]s sedona.v1.CustomerRecurringService/UpdateCustomerRecurring
  -> {}

Press Ctrl-C to stop. More commands: make help

`, s.HTTPAddr, s.CustomerRecurrenceAddr, s.SubscriptionAddr, s.RecurringBillingAddr)
}
