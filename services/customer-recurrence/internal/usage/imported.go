package usage

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// maxPackageID is the maximum length of a contracted package's id in UTF-16 units.
const maxPackageID = 255

// String names the place in messages.
func (p Place) String() string {
	return fmt.Sprintf("of service %q in the %s of %s, of recurrence %s", p.ServiceID, p.Window.kind(), p.Window.Start, p.Recurrence)
}

// Check completes an imported total, and returns an Invalid fault with all violations, or nil.
func (total *Total) Check() error {
	v := &fault.Violations{}
	field.Word(v, "service_id", string(total.ServiceID), catalogue.MaxServiceID)
	total.Window.check(v)
	if total.Consumed < 0 || total.Consumed > maxConsumed {
		v.Add("consumed", reason.OutOfRange, "must be from 0 to %d", int64(maxConsumed))
	}
	field.NotNegative(v, "included", total.Included)
	v.PlainText("package_id", string(total.PackageID), maxPackageID)
	if total.Alerted < 0 || total.Alerted > settings.MaxAlertPercent {
		v.Add("alerted_percent", reason.OutOfRange, "must be from 0 to %d", settings.MaxAlertPercent)
	}
	return v.Err()
}

// Check completes an imported alert, and returns an Invalid fault with all violations, or nil.
func (a *Alert) Check() error {
	v := &fault.Violations{}
	field.Word(v, "service_id", string(a.ServiceID), catalogue.MaxServiceID)
	a.Window.check(v)
	if a.Percent < 1 || a.Percent > settings.MaxAlertPercent {
		v.Add("percent", reason.OutOfRange, "must be from 1 to %d", settings.MaxAlertPercent)
	}
	if a.Consumed < 0 {
		v.Add("consumed", reason.OutOfRange, "must not be negative")
	}
	field.NotNegative(v, "included", a.Included)
	if a.CreateTime.Before(earliest) {
		v.Add("create_time", reason.InvalidTime, "must be the time of the alert")
	}
	a.CreateTime = a.CreateTime.Truncate(time.Microsecond)
	return v.Err()
}
