package api

import (
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

// pageBytes bounds the size of a page, so that it fits into a gRPC message (4 MiB by default).
const pageBytes = 2 << 20

var customerList = listing.Spec[customer.Customer]{
	Name: "customers", Key: []string{"name"}, PageBytes: pageBytes,
	Fields: listing.Fields[customer.Customer]{
		"name": {
			Filter: true, Order: true, Parse: customerNames.Parser(),
			Value: func(c customer.Customer) any { return c.ID },
		},
		"guid":            {Filter: true},
		"grantor_tax_id":  {Filter: true, Order: true, Value: func(c customer.Customer) any { return c.Profile.GrantorTaxID }},
		"customer_tax_id": {Filter: true, Order: true, Value: func(c customer.Customer) any { return c.Profile.CustomerTaxID }},
		"business_name":   {Filter: true, Order: true, Value: func(c customer.Customer) any { return c.Profile.BusinessName }},
		"given_name":      {Filter: true},
		"first_surname":   {Filter: true, Order: true, Value: func(c customer.Customer) any { return c.Profile.FirstSurname }},
		"customer_code":   {Filter: true, Order: true, Value: func(c customer.Customer) any { return c.Profile.CustomerCode }},
		"inactive":        {Kind: listing.Boolean, Filter: true},
		"state":           {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(customerStates)},
		"create_time":     instant(func(c customer.Customer) time.Time { return c.CreateTime }),
		"update_time":     instant(func(c customer.Customer) time.Time { return c.UpdateTime }),
	},
}

var packageList = listing.Spec[catalogue.Package]{
	Name: "packages", Key: []string{"name"}, PageBytes: pageBytes,
	Fields: listing.Fields[catalogue.Package]{
		"name": {
			Filter: true, Order: true, Parse: packageNames.Parser(),
			Value: func(p catalogue.Package) any { return p.ID },
		},
		"display_name": {Filter: true, Order: true, Value: func(p catalogue.Package) any { return p.DisplayName }},
		"enforced":     {Kind: listing.Boolean, Filter: true},
		"inactive":     {Kind: listing.Boolean, Filter: true},
		"create_time":  instant(func(p catalogue.Package) time.Time { return p.CreateTime }),
		"update_time":  instant(func(p catalogue.Package) time.Time { return p.UpdateTime }),
	},
}

var serviceList = listing.Spec[catalogue.Sold]{
	Name: "services", Key: []string{"name"}, PageBytes: pageBytes,
	Fields: listing.Fields[catalogue.Sold]{
		"name": {
			Filter: true, Order: true, Parse: serviceNames.Parser(),
			Value: func(s catalogue.Sold) any { return s.ID },
		},
		"display_name": {Filter: true, Order: true, Value: func(s catalogue.Sold) any { return s.DisplayName }},
		"inactive":     {Kind: listing.Boolean, Filter: true},
		"create_time":  instant(func(s catalogue.Sold) time.Time { return s.CreateTime }),
		"update_time":  instant(func(s catalogue.Sold) time.Time { return s.UpdateTime }),
	},
}

var recurrenceList = listing.Spec[recurrence.Recurrence]{
	Name: "recurrences", Key: []string{"customer", "recurrence"}, PageBytes: pageBytes,
	Fields: listing.Fields[recurrence.Recurrence]{
		"customer":     {Value: func(r recurrence.Recurrence) any { return r.Customer }},
		"recurrence":   {Value: func(r recurrence.Recurrence) any { return r.ID }},
		"name":         {Filter: true, Parse: recurrenceIDs},
		"package_id":   {Filter: true, Order: true, Value: func(r recurrence.Recurrence) any { return r.PackageID }},
		"display_name": {Filter: true, Order: true, Value: func(r recurrence.Recurrence) any { return r.DisplayName }},
		"state":        {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(states)},
		"create_time":  instant(func(r recurrence.Recurrence) time.Time { return r.CreateTime }),
		"update_time":  instant(func(r recurrence.Recurrence) time.Time { return r.UpdateTime }),
	},
}

var changeList = listing.Spec[recurrence.Change]{
	Name: "recurrenceChanges", Key: []string{"customer", "recurrence", "version"}, PageBytes: pageBytes,
	Fields: listing.Fields[recurrence.Change]{
		"customer":    {Value: func(c recurrence.Change) any { return c.Customer }},
		"recurrence":  {Value: func(c recurrence.Change) any { return c.Recurrence }},
		"version":     {Kind: listing.Integer, Value: func(c recurrence.Change) any { return c.Version }},
		"actor":       {Filter: true, Order: true, Value: func(c recurrence.Change) any { return c.Actor }},
		"create_time": instant(func(c recurrence.Change) time.Time { return c.CreateTime }),
	},
}

var scheduledList = listing.Spec[recurrence.ScheduledChange]{
	Name: "scheduledChanges", Key: []string{"customer", "recurrence", "scheduled_change"}, PageBytes: pageBytes,
	Fields: listing.Fields[recurrence.ScheduledChange]{
		"customer":         {Value: func(s recurrence.ScheduledChange) any { return s.Customer }},
		"recurrence":       {Value: func(s recurrence.ScheduledChange) any { return s.Recurrence }},
		"scheduled_change": {Value: func(s recurrence.ScheduledChange) any { return s.ID }},
		"state":            {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(scheduledStates)},
		"create_time":      instant(func(s recurrence.ScheduledChange) time.Time { return s.CreateTime }),
	},
}

var alertList = listing.Spec[usage.Alert]{
	Name: "usageAlerts", Key: []string{"customer", "recurrence", "usage_alert"}, PageBytes: pageBytes,
	Fields: listing.Fields[usage.Alert]{
		"customer":    {Value: func(a usage.Alert) any { return a.Customer }},
		"recurrence":  {Value: func(a usage.Alert) any { return a.Recurrence }},
		"usage_alert": {Value: func(a usage.Alert) any { return a.ID }},
		"service_id":  {Filter: true},
		"percent":     {Kind: listing.Integer, Filter: true},
		"create_time": instant(func(a usage.Alert) time.Time { return a.CreateTime }),
	},
}

func instant[T any](of func(T) time.Time) listing.Field[T] {
	return listing.Field[T]{Kind: listing.Instant, Filter: true, Order: true, Value: func(item T) any { return of(item) }}
}

// recurrenceIDs converts a recurrence's name in a filter to the form that the store compares:
// customer id and recurrence id.
func recurrenceIDs(name string) (any, error) {
	key, err := recurrenceKey("", name)
	return string(key.Customer) + "/" + string(key.Recurrence), err
}
