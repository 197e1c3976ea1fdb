package usage

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// maxPackageID is the maximum length of a contracted package's id in UTF-16 units.
const maxPackageID = 255

// String names the place in messages.
func (p Place) String() string {
	return fmt.Sprintf("of service %q in the month of %s, of recurrence %s", p.ServiceID, p.Month, p.Recurrence)
}

// Check returns an Invalid fault with all violations of an imported total, or nil.
func (total Total) Check() error {
	v := &fault.Violations{}
	field.Word(v, "service_id", string(total.ServiceID), catalogue.MaxServiceID)
	checkMonth(v, total.Month)
	if total.Consumed < 0 || total.Consumed > maxConsumed {
		v.Add("consumed", reason.OutOfRange, "must be from 0 to %d", int64(maxConsumed))
	}
	field.NotNegative(v, "included", total.Included)
	v.PlainText("package_id", string(total.PackageID), maxPackageID)
	if total.Alerted < 0 || total.Alerted > 100 {
		v.Add("alerted_percent", reason.OutOfRange, "must be from 0 to 100")
	}
	return v.Err()
}

// Check returns an Invalid fault with all violations of an imported alert, or nil.
func (a *Alert) Check() error {
	v := &fault.Violations{}
	field.Word(v, "service_id", string(a.ServiceID), catalogue.MaxServiceID)
	checkMonth(v, a.Month)
	if a.Percent < 1 || a.Percent > 100 {
		v.Add("percent", reason.OutOfRange, "must be from 1 to 100")
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

func checkMonth(v *fault.Violations, month date.Date) {
	if month.IsZero() || month.Day() != 1 {
		v.Add("start_date", reason.InvalidDate, "must be the first day of a month")
	}
}
