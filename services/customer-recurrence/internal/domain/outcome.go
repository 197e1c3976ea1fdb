package domain

// recordedCustomer is a customer in the outcome that is recorded for an idempotency key: with the portal's password, which
// the customer's own JSON leaves out and the vendor contract answers. The record stays in the store, as the password does.
type recordedCustomer struct {
	Customer       Customer `json:"customer"`
	PortalPassword string   `json:"portal_password,omitempty"`
}

func recorded(customer Customer) recordedCustomer {
	record := recordedCustomer{Customer: customer}
	if portal := customer.Profile.DeliveryPortal; portal != nil {
		record.PortalPassword = portal.Password
	}
	return record
}

// whole is the customer as it was recorded.
func (r recordedCustomer) whole() Customer {
	if portal := r.Customer.Profile.DeliveryPortal; portal != nil {
		portal.Password = r.PortalPassword
	}
	return r.Customer
}

// recordedUpdate is the outcome of an update of a recurrence.
type recordedUpdate struct {
	Customer   recordedCustomer `json:"customer"`
	Recurrence Recurrence       `json:"recurrence"`
}
