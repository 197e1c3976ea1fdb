package catalogue

import (
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// SchemeState is the life cycle state of a billing term scheme, in CRM.COM's spelling.
type SchemeState string

// The values of SchemeState.
const (
	SchemeDraft      SchemeState = "DRAFT"
	SchemeEffective  SchemeState = "EFFECTIVE"
	SchemeTerminated SchemeState = "TERMINATED"
)

// BillingType is when subscriptions are billed, in CRM.COM's spelling.
type BillingType string

// The values of BillingType. The last two are of prepaid schemes.
const (
	PreBill   BillingType = "PRE_BILL"
	PostBill  BillingType = "POST_BILL"
	PreRated  BillingType = "PRE_RATED"
	PostRated BillingType = "POST_RATED"
)

// BillingMethod is where billing cycles begin, in CRM.COM's spelling.
type BillingMethod string

// The values of BillingMethod.
const (
	Anniversary BillingMethod = "ANNIVERSARY"
	ByPeriod    BillingMethod = "PERIOD"
)

// BillingTermScheme is how subscriptions are billed. Its code is unique within the tenant.
type BillingTermScheme struct {
	mutation.Revision
	ID     terms.SchemeID `json:"id"`
	Code   string         `json:"code"`
	Name   string         `json:"name,omitempty"`
	State  SchemeState    `json:"state"`
	Type   BillingType    `json:"type"`
	Method BillingMethod  `json:"method"`
	// Customs are the lengths of custom frequencies and binding periods.
	Customs []CustomLength `json:"customs,omitempty"`
	// EarlyEndPercent is how much of what the rest of a binding period would cost is charged when it is ended early.
	EarlyEndPercent int `json:"early_end_percent,omitempty"`
}

// CustomLength is a length that a scheme defines.
type CustomLength struct {
	Code   terms.Custom `json:"code"`
	Length terms.Length `json:"length"`
}

// Kind returns KindBillingTermScheme.
func (*BillingTermScheme) Kind() resource.Kind { return resource.KindBillingTermScheme }

// Key returns the id.
func (s *BillingTermScheme) Key() string { return string(s.ID) }

// Keys returns the code.
func (s *BillingTermScheme) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyCode, Value: s.Code}}
}

// Public returns the scheme. It has no secrets.
func (s *BillingTermScheme) Public() any { return s }

// Prepare sets the defaults of a new scheme.
func (s *BillingTermScheme) Prepare(time.Time) {
	resource.Fill(&s.ID, id.New)
	resource.Fill(&s.State, func() SchemeState { return SchemeEffective })
	resource.Fill(&s.Type, func() BillingType { return PreBill })
	resource.Fill(&s.Method, func() BillingMethod { return ByPeriod })
}

// Check returns a fault if a custom length is empty or defined twice.
func (s *BillingTermScheme) Check() error {
	var v fault.Violations
	seen := map[terms.Custom]bool{}
	for i, custom := range s.Customs {
		path := fmt.Sprintf("billing_term_scheme.custom_lengths[%d]", i)
		if custom.Length == (terms.Length{}) {
			v.Add(path, reason.Required, "months or days must be given")
		}
		if seen[custom.Code] {
			v.Add(path+".code", reason.Repeated, "%s is defined twice", custom.Code)
		}
		seen[custom.Code] = true
	}
	return v.Err()
}

// Prepaid reports whether the scheme is of prepaid subscriptions.
func (s *BillingTermScheme) Prepaid() bool { return s.Type == PreRated || s.Type == PostRated }

// Rules returns what the rules of billing terms look at.
func (s *BillingTermScheme) Rules() terms.Scheme {
	rules := terms.Scheme{ID: s.ID, Prepaid: s.Prepaid(), Customs: map[terms.Custom]terms.Length{}}
	for _, custom := range s.Customs {
		rules.Customs[custom.Code] = custom.Length
	}
	return rules
}
